import type { NamedMailbox } from '../../core/draft.ts';
import { parseMailbox } from '../../core/mailbox.ts';
import { problemOfText } from './plain-text.ts';
import { requestLimits } from '../request-limits.ts';

export type NamedMailboxResult =
  | { readonly ok: true; readonly named: NamedMailbox }
  | { readonly ok: false; readonly why: string };

// The specials of RFC 5322 §3.2.3 but for the dot, which names such as "J. Doe" have always had.
const specials = /[()<>[\]:;@\\,"]/;

/**
 * Reads `local@domain`, `Name <local@domain>` or `"Quoted, Name" <local@domain>`: one mailbox, without the comments, groups
 * and routes of RFC 5322, about which readers disagree.
 */
export function parseNamedMailbox(text: string): NamedMailboxResult {
  const control = problemOfText(text);
  if (control !== null) return refused(control);
  const trimmed = text.trim();
  const open = trimmed.lastIndexOf('<');
  if (open === -1) {
    if (/[,;]/.test(trimmed)) return refused('A string holds one address; give several as an array.');
    return namedMailbox(null, trimmed);
  }
  if (!trimmed.endsWith('>'))
    return refused('An address in angle brackets stands at the end, as in Name <local@domain>.');
  const name = displayName(trimmed.slice(0, open).trim());
  if (name === null) {
    return refused('A display name with one of ()<>[]:;@\\," stands in double quotes, and a string holds one address.');
  }
  return namedMailbox(name, trimmed.slice(open + 1, -1));
}

/** A mailbox of an address and its display name, each checked. */
export function namedMailbox(name: string | null, address: string): NamedMailboxResult {
  const problem = name === null ? null : problemOfText(name);
  if (problem !== null) return refused(problem);
  if (name !== null && name.length > requestLimits.nameCharacters) {
    return refused(`A display name has at most ${requestLimits.nameCharacters} characters.`);
  }
  const read = parseMailbox(address);
  if (!read.ok) return read;
  const trimmed = name?.trim() ?? '';
  return { ok: true, named: { name: trimmed === '' ? null : trimmed, mailbox: read.mailbox } };
}

function displayName(text: string): string | null {
  if (!text.startsWith('"')) return specials.test(text) ? null : text;
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  return quoted === undefined ? null : quoted.replaceAll(/\\(.)/g, '$1');
}

function refused(why: string): NamedMailboxResult {
  return { ok: false, why };
}
