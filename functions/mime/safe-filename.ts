import { limits } from '../core/limits.ts';

// Control characters, line separators, and the marks that turn the reading direction and so disguise an extension.
const invisible = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/**
 * A file name that a mail program may offer to save under: the last segment of whatever path was given, visible characters
 * only, no leading dots, at most `limits.filenameOctets` of UTF-8 with its extension kept; `attachment` when nothing is left.
 */
export function safeFilename(name: string): string {
  const segment = name.toWellFormed().replace(invisible, '').split(/[/\\]/).at(-1) ?? '';
  const visible = segment.replace(/^[\s.]+/, '').trimEnd();
  const dot = visible.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(visible.slice(dot)) <= 32 ? visible.slice(dot) : '';
  const stem = visible.slice(0, visible.length - extension.length);
  return cutTo(stem, limits.filenameOctets - Buffer.byteLength(extension)) + extension || 'attachment';
}

function cutTo(text: string, octets: number): string {
  if (Buffer.byteLength(text) <= octets) return text;
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > octets) break;
    kept += character;
  }
  return kept;
}
