import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import type { Credentials } from '../core/ports/router.ts';
import type { AuthExchange, AuthStep } from './auth-exchange.ts';
import { bounds } from './bounds.ts';
import { saslPrepared } from './saslprep.ts';

const derived = promisify(pbkdf2);
const keyOctets = 32;
/** `n`: no channel binding, acting for nobody else (RFC 5802 §7). */
const gs2Header = 'n,,';
// RFC 5802 §7. The nonce has no comma; a mandatory extension (`m=`) would stand first.
const serverFirst = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,8})(?:,|$)/;
const serverFinal = /^v=([A-Za-z0-9+/]+={0,2})(?:,|$)/;

/**
 * SCRAM-SHA-256 (RFC 7677, RFC 5802): the password does not leave, and the server has to prove that it knows it too. The
 * exchange is `proven` only when it has.
 */
export function scramSha256({ user, secret }: Credentials, clientNonce: string): AuthExchange {
  const firstBare = `n=${saslName(saslPrepared(user))},r=${clientNonce}`;
  let awaited: Buffer | null = null;
  let proven = false;
  return {
    initial: gs2Header + firstBare,
    get proven() {
      return proven;
    },
    async answer(challenge) {
      const message = challenge.toString('utf8');
      if (awaited === null) {
        const read = readServerFirst(message, clientNonce);
        if (read.kind === 'refused') return read;
        const finished = await clientFinal(saslPrepared(secret), firstBare, message, read);
        awaited = finished.serverSignature;
        return { kind: 'response', text: finished.text };
      }
      // RFC 5802 §7: an error in the place of the signature. The refusal follows it.
      if (message.startsWith('e=')) return { kind: 'response', text: '' };
      const signature = Buffer.from(serverFinal.exec(message)?.[1] ?? '', 'base64');
      proven = signature.length === awaited.length && timingSafeEqual(signature, awaited);
      return proven ? { kind: 'response', text: '' } : refused('The server did not prove that it knows the password.');
    },
  };
}

type ServerFirst = {
  readonly kind: 'read';
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
};

function readServerFirst(message: string, clientNonce: string): ServerFirst | Extract<AuthStep, { kind: 'refused' }> {
  const [, nonce = '', salt = '', digits = ''] = serverFirst.exec(message) ?? [];
  if (nonce === '') return refused('The challenge of the server is no SCRAM message.');
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    return refused('The server answered with a nonce that is not ours with more behind it.');
  }
  const iterations = Number(digits);
  if (iterations < bounds.scramLeastIterations || iterations > bounds.scramMostIterations) {
    return refused(`The server asks for ${iterations} iterations.`);
  }
  return { kind: 'read', nonce, salt: Buffer.from(salt, 'base64'), iterations };
}

/** RFC 5802 §3: the proof, and the signature that the server has to answer with. */
async function clientFinal(
  password: string,
  firstBare: string,
  message: string,
  { nonce, salt, iterations }: ServerFirst,
): Promise<{ readonly text: string; readonly serverSignature: Buffer }> {
  const salted = await derived(password, salt, iterations, keyOctets, 'sha256');
  const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`;
  const authMessage = `${firstBare},${message},${withoutProof}`;
  const clientKey = hmac(salted, 'Client Key');
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
  const proof = Buffer.from(clientKey.map((octet, index) => octet ^ (signature[index] ?? 0)));
  return {
    text: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), authMessage),
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function refused(detail: string): Extract<AuthStep, { kind: 'refused' }> {
  return { kind: 'refused', detail };
}
