import { createHmac, randomBytes } from 'node:crypto';

import type { Credentials, Target } from '../core/ports/router.ts';
import type { AuthExchange } from './auth-exchange.ts';
import { scramSha256 } from './scram.ts';

/** A SASL mechanism. `plainText` ones show the secret to whoever reads along. */
export type AuthMechanism = {
  readonly name: string;
  readonly plainText: boolean;
  begin(credentials: Credentials, server: Pick<Target, 'host' | 'port'>): AuthExchange;
};

const nonceOctets = 18;

/** Those that take a password, in the order of preference: the one that shows nothing and makes the server prove itself first. */
export const passwordMechanisms: readonly AuthMechanism[] = [
  {
    name: 'SCRAM-SHA-256',
    plainText: false,
    begin: (credentials) => scramSha256(credentials, randomBytes(nonceOctets).toString('base64')),
  },
  { name: 'PLAIN', plainText: true, begin: plain },
  { name: 'LOGIN', plainText: true, begin: login },
  { name: 'CRAM-MD5', plainText: false, begin: cramMd5 },
];

/** Those that take an access token, so they are only used when they are named. */
export const tokenMechanisms: readonly AuthMechanism[] = [
  { name: 'OAUTHBEARER', plainText: true, begin: oauthBearer },
  { name: 'XOAUTH2', plainText: true, begin: xoauth2 },
];

/** RFC 4616. */
function plain({ user, secret }: Credentials): AuthExchange {
  const initial = `\0${user}\0${secret}`;
  return { initial, proven: true, answer: () => ({ kind: 'response', text: initial }) };
}

/** draft-murchison-sasl-login: whatever the challenges say, the first is for the name and the second for the password. */
function login({ user, secret }: Credentials): AuthExchange {
  const answer: AuthExchange['answer'] = (_, round) => ({ kind: 'response', text: round === 0 ? user : secret });
  return { initial: null, proven: true, answer };
}

/** RFC 2195. */
function cramMd5({ user, secret }: Credentials): AuthExchange {
  const answer: AuthExchange['answer'] = (challenge) => {
    const digest = createHmac('md5', secret).update(challenge).digest('hex');
    return { kind: 'response', text: `${user} ${digest}` };
  };
  return { initial: null, proven: true, answer };
}

/** A failure comes as a challenge that wants an empty line before the 535 (developers.google.com, "SASL XOAUTH2 mechanism"). */
function xoauth2({ user, secret }: Credentials): AuthExchange {
  const initial = `user=${user}\x01auth=Bearer ${secret}\x01\x01`;
  return { initial, proven: true, answer: () => ({ kind: 'response', text: '' }) };
}

/** RFC 7628 §3.1; a failure comes as a challenge that wants `%x01` before the 535 (§3.2.3). */
function oauthBearer({ user, secret }: Credentials, { host, port }: Pick<Target, 'host' | 'port'>): AuthExchange {
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const initial = `n,a=${name},\x01host=${host}\x01port=${port}\x01auth=Bearer ${secret}\x01\x01`;
  return { initial, proven: true, answer: () => ({ kind: 'response', text: '\x01' }) };
}
