import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

import type { Verb } from './scripted-smtp-server.ts';

export type ScramServer = {
  readonly password: string;
  readonly iterations?: number;
  /** What is sent in place of an honest message. */
  readonly first?: (honest: string) => string;
  readonly final?: (honest: string) => string;
  /** Accepts without the message that proves the server. */
  readonly skipsFinal?: boolean;
};

const salt = Buffer.from('a salt of sixteen');

/** The server's half of SCRAM-SHA-256 (RFC 5802 §3), written apart from the client's. Answers 235, or 535 for a wrong proof. */
export function scramVerb(command: () => string, server: ScramServer): Verb {
  return async (peer) => {
    const { iterations = 4096 } = server;
    const bare = decoded(command().split(' ')[2] ?? '').replace(/^n,,/, '');
    const nonce = `${/r=([^,]+)/.exec(bare)?.[1] ?? ''}server+nonce`;
    const honest = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    const first = server.first?.(honest) ?? honest;
    peer.say(`334 ${encoded(first)}`);
    const final = decoded((await peer.line()) ?? '');
    if (final === '') return peer.say('501 5.0.0 cancelled');
    const proof = Buffer.from(/,p=(.+)$/.exec(final)?.[1] ?? '', 'base64');
    const message = `${bare},${first},${final.slice(0, final.lastIndexOf(',p='))}`;
    const salted = pbkdf2Sync(server.password, salt, iterations, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    const expected = Buffer.from(clientKey.map((octet, index) => octet ^ (signature[index] ?? 0)));
    if (proof.length !== 32 || !timingSafeEqual(proof, expected)) return peer.say('535 5.7.8 wrong');
    const last = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
    if (server.skipsFinal !== true) {
      peer.say(`334 ${encoded(server.final?.(last) ?? last)}`);
      if ((await peer.line()) !== '') return peer.say('501 5.0.0 cancelled');
    }
    peer.say('235 2.7.0 welcome');
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
