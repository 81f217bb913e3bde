import type { Credentials } from '../core/ports/router.ts';
import { passwordMechanisms, tokenMechanisms, type AuthMechanism } from './auth-mechanisms.ts';

/** The mechanisms to log in by, the best first; at least one. */
export type AuthChoice =
  | { readonly kind: 'usable'; readonly mechanisms: readonly [AuthMechanism, ...AuthMechanism[]] }
  | { readonly kind: 'unusable'; readonly detail: string };

/** Chooses among what the server advertised. Mechanisms that show the secret are used under TLS only (RFC 4954 §4). */
export function chooseAuth(offered: ReadonlySet<string>, credentials: Credentials, secure: boolean): AuthChoice {
  const named = credentials.mechanism?.toUpperCase();
  const wanted =
    named === undefined
      ? passwordMechanisms
      : [...passwordMechanisms, ...tokenMechanisms].filter(({ name }) => name === named);
  const advertised = wanted.filter(({ name }) => offered.has(name));
  if (advertised.length === 0) {
    return { kind: 'unusable', detail: 'The server offers no login mechanism that can be used.' };
  }
  const [first, ...others] = advertised.filter(({ plainText }) => secure || !plainText);
  return first === undefined
    ? { kind: 'unusable', detail: 'The server offers only logins that would show the password without TLS.' }
    : { kind: 'usable', mechanisms: [first, ...others] };
}
