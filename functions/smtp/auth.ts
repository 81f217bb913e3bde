import { createHmac } from 'node:crypto';

import type { Credentials } from '../core/ports/router.ts';

/** One login: `command` begins it, `respond` answers the n-th challenge (from 0), both already encoded. */
export type AuthExchange = {
  readonly command: string;
  respond(challenge: string, round: number): string;
};

export type AuthChoice =
  | { readonly kind: 'exchange'; readonly exchange: AuthExchange }
  | { readonly kind: 'unusable'; readonly detail: string };

const mechanisms: Readonly<Record<string, { plainText: boolean; begin(credentials: Credentials): AuthExchange }>> = {
  PLAIN: { plainText: true, begin: plain },
  LOGIN: { plainText: true, begin: login },
  'CRAM-MD5': { plainText: false, begin: cramMd5 },
  XOAUTH2: { plainText: true, begin: xoauth2 },
};
// XOAUTH2 takes a token, not a password, so it is never chosen unless it was asked for.
const preferred = ['PLAIN', 'LOGIN', 'CRAM-MD5'];

/** Chooses among what the server advertised. Mechanisms that show the secret are used under TLS only (RFC 4954 §4). */
export function chooseAuth(offered: ReadonlySet<string>, credentials: Credentials, secure: boolean): AuthChoice {
  const wanted = credentials.mechanism === null ? preferred : [credentials.mechanism.toUpperCase()];
  const advertised = wanted.filter((name) => offered.has(name) && mechanisms[name] !== undefined);
  if (advertised.length === 0) {
    return { kind: 'unusable', detail: 'The server offers no login mechanism that can be used.' };
  }
  const name = advertised.find((candidate) => secure || mechanisms[candidate]?.plainText === false);
  const mechanism = name === undefined ? undefined : mechanisms[name];
  if (mechanism === undefined) {
    return { kind: 'unusable', detail: 'The server offers only logins that would show the password without TLS.' };
  }
  return { kind: 'exchange', exchange: mechanism.begin(credentials) };
}

/** RFC 4616. */
function plain({ user, secret }: Credentials): AuthExchange {
  const response = base64(`\0${user}\0${secret}`);
  return { command: `AUTH PLAIN ${response}`, respond: () => response };
}

/** draft-murchison-sasl-login: whatever the challenges say, the first is for the name and the second for the password. */
function login({ user, secret }: Credentials): AuthExchange {
  return { command: 'AUTH LOGIN', respond: (_, round) => base64(round === 0 ? user : secret) };
}

/** RFC 2195. */
function cramMd5({ user, secret }: Credentials): AuthExchange {
  return {
    command: 'AUTH CRAM-MD5',
    respond: (challenge) => {
      const digest = createHmac('md5', secret).update(Buffer.from(challenge, 'base64')).digest('hex');
      return base64(`${user} ${digest}`);
    },
  };
}

/** A failure comes as a challenge that wants an empty line before the 535 (developers.google.com, "SASL XOAUTH2 mechanism"). */
function xoauth2({ user, secret }: Credentials): AuthExchange {
  const response = base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`);
  return { command: `AUTH XOAUTH2 ${response}`, respond: () => '' };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
