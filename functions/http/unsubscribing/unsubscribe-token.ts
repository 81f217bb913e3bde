import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

import { type EmailId, parseEmailId } from '../../core/ids.ts';
import { addressOf, parseMailbox } from '../../core/mailbox.ts';
import type { UnsubscribeBearer, UnsubscribeTokens } from '../../core/ports/unsubscribe-tokens.ts';
import { projectIdOf, projectNameOf } from '../../core/keys/project-name.ts';

/** 128 bits, the initial vector of AES too. */
const tagBytes = 16;
const idCharacters = 36;
/** Of what is ours: tag, id, a project's name (63), a space and an address (254). */
const mostBytes = tagBytes + idCharacters + 63 + 1 + 254;

/**
 * Tokens that hold all they speak for, so that they are good for as long as the master key is, whatever has become of the
 * record. The bearer is encrypted under its own authenticator (a synthetic initial vector, as in RFC 5297, here the first 128
 * bits of HMAC-SHA-256, with AES-256 in counter mode): unlike a random one it can repeat for the same bearer only, however many
 * tokens there are under one key. Both keys are 32 bytes.
 */
export function createUnsubscribeTokens({
  tagKey,
  cipherKey,
}: {
  readonly tagKey: Uint8Array;
  readonly cipherKey: Uint8Array;
}): UnsubscribeTokens {
  const tagOf = (text: Buffer): Buffer => createHmac('sha256', tagKey).update(text).digest().subarray(0, tagBytes);
  return {
    tokenFor(bearer) {
      const text = Buffer.from(textOf(bearer));
      const tag = tagOf(text);
      const cipher = createCipheriv('aes-256-ctr', cipherKey, tag);
      return Buffer.concat([tag, cipher.update(text), cipher.final()]).toString('base64url');
    },
    verified(token) {
      const bytes = Buffer.from(token, 'base64url');
      // The decoder skips what it does not know; a token has one spelling.
      if (bytes.length <= tagBytes || bytes.length > mostBytes || bytes.toString('base64url') !== token) return null;
      const tag = bytes.subarray(0, tagBytes);
      const decipher = createDecipheriv('aes-256-ctr', cipherKey, tag);
      const text = Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()]);
      return timingSafeEqual(tag, tagOf(text)) ? bearerIn(text.toString()) : null;
    },
  };
}

function textOf({ projectId, emailId, mailbox }: UnsubscribeBearer): string {
  return `${emailId.slice('em_'.length)}${projectNameOf(projectId)} ${addressOf(mailbox)}`;
}

function bearerIn(text: string): UnsubscribeBearer | null {
  const emailId: EmailId | null = parseEmailId(`em_${text.slice(0, idCharacters)}`);
  const [name = '', address = ''] = text.slice(idCharacters).split(' ');
  const projectId = projectIdOf(name);
  const read = parseMailbox(address);
  return emailId === null || projectId === null || !read.ok ? null : { projectId, emailId, mailbox: read.mailbox };
}
