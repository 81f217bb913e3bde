import { createHash, sign as cryptoSign, type KeyObject } from 'node:crypto';

import type { Content } from '../core/ports/content.ts';
import { digestOf, relaxedField, type MessageDigest } from './dkim-canonical.ts';
import type { DkimKey } from './dkim-key-ring.ts';
import type { HeaderField } from './header-section.ts';

const foldColumns = 72;

// Named once more than they occur, so that none can be added on the way (RFC 6376 §5.4.2, §8.15).
const oversigned = ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to'];
// Signed as often as they occur (RFC 6376 §5.4.1). RFC 8058 §4 needs List-Unsubscribe and List-Unsubscribe-Post.
const signedIfPresent = (
  'sender in-reply-to references mime-version content-type content-transfer-encoding content-id content-description ' +
  'content-disposition content-language resent-date resent-from resent-sender resent-to resent-cc resent-message-id ' +
  'list-id list-help list-unsubscribe list-unsubscribe-post list-subscribe list-post list-owner list-archive ' +
  'auto-submitted precedence feedback-id'
).split(' ');

/**
 * The content behind one DKIM-Signature field per key (RFC 6376, RFC 8463), relaxed/relaxed over the whole body. The content
 * is read once here, for the body hash, and once more by whoever sends it. Content that cannot be signed (no From, or a header
 * section above 128 KiB) comes back as it is.
 */
export async function dkimSigned(
  content: Content,
  keys: readonly DkimKey[],
  nowMs: number,
  expiresMs: number,
): Promise<Content> {
  const digest = await digestOf(content);
  if (digest === null || !digest.fields.some(({ name }) => name === 'from')) return content;
  const times = { t: Math.floor(nowMs / 1000), x: Math.floor(expiresMs / 1000) };
  const fields = await Promise.all(keys.map((key) => signatureField(digest, key, times)));
  const block = Buffer.from(fields.join(''), 'latin1');
  return { sizeBytes: block.length + content.sizeBytes, chunks: () => preceded(block, content) };
}

async function* preceded(block: Buffer, content: Content): AsyncIterable<Uint8Array> {
  yield block;
  yield* content.chunks();
}

async function signatureField(
  { fields, bodyHash }: MessageDigest,
  key: DkimKey,
  times: { readonly t: number; readonly x: number },
): Promise<string> {
  const { names, lines } = signedFields(fields);
  const unsigned = [
    `DKIM-Signature: v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain};`,
    `s=${key.selector}; t=${times.t}; x=${times.x};`,
    `${folded(`h=${names.join(':')}`, /[^:]+:?/g)};`,
    `bh=${bodyHash};`,
    'b=',
  ].join('\r\n ');
  // RFC 6376 §3.7: the signature field itself comes last, with an empty b= and without a CRLF.
  const b = await signed([...lines, relaxedField(unsigned)].join('\r\n'), key);
  return `${unsigned}${folded(b, new RegExp(`.{1,${foldColumns}}`, 'g'))}\r\n`;
}

// Several fields of one name are taken from the last one upwards (RFC 6376 §5.4.2).
function signedFields(fields: readonly HeaderField[]): { readonly names: string[]; readonly lines: string[] } {
  const byName = Map.groupBy(fields, ({ name }) => name);
  const names: string[] = [];
  const lines: string[] = [];
  for (const name of [...oversigned, ...signedIfPresent]) {
    const present = (byName.get(name) ?? []).toReversed();
    lines.push(...present.map(({ raw }) => relaxedField(raw)));
    names.push(...present.map(() => name));
    if (oversigned.includes(name)) names.push(name);
  }
  return { names, lines };
}

function signed(canonical: string, { algorithm, privateKey }: DkimKey): Promise<string> {
  const octets = Buffer.from(canonical, 'latin1');
  switch (algorithm) {
    case 'rsa-sha256':
      return onThreadPool('sha256', octets, privateKey);
    case 'ed25519-sha256':
      // RFC 8463 §3: Ed25519 signs the SHA-256 of the canonical header, not the header.
      return onThreadPool(null, createHash('sha256').update(octets).digest(), privateKey);
  }
}

// With a callback, crypto leaves the event loop free: an RSA signature costs a millisecond or two.
function onThreadPool(digest: 'sha256' | null, octets: Buffer, privateKey: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    cryptoSign(digest, octets, privateKey, (error, value) => {
      if (error === null) resolve(value.toString('base64'));
      else reject(error);
    });
  });
}

function folded(text: string, pieces: RegExp): string {
  let result = '';
  let column = 0;
  for (const piece of text.match(pieces) ?? []) {
    if (column > 0 && column + piece.length > foldColumns) {
      result += '\r\n ';
      column = 0;
    }
    result += piece;
    column += piece.length;
  }
  return result;
}
