import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import type { Target } from '../core/ports/router.ts';
import type { TlsFailure } from '../core/tls/tls-policy.ts';
import { dial } from './dial.ts';
import type { LoginMemory } from './login.ts';
import { openSession, type OpenResult } from './open-session.ts';
import type { ServerHabits } from './server-habits.ts';
import { politelyClosed } from './quit.ts';
import type { Session } from './session.ts';
import type { SmtpSettings } from './settings.ts';
import { SocketWire } from './socket-wire.ts';
import { unopened } from './lost-verdicts.ts';
import type { Verdict } from './verdict.ts';
import type { AttemptBounds } from './wire.ts';

export type Connected =
  | { readonly kind: 'open'; readonly session: Session; readonly localIp: string | null }
  | {
      readonly kind: 'failed';
      readonly verdict: Verdict;
      readonly greeted: boolean;
      /** Our own end of the connection, if there was one. */
      readonly localIp: string | null;
    };

/** What earlier connections have shown. */
type Known = { readonly logins: LoginMemory; readonly habits: ServerHabits };

/**
 * A new connection to a target, ready for mail. Where TLS is opportunistic and what the server offers of it is of no use,
 * a second connection does without (RFC 7435 §3): the first may have been left in any state.
 */
export async function connectSession(
  target: Target,
  settings: SmtpSettings,
  context: () => SecureContext,
  known: Known,
  attempt: AttemptBounds,
): Promise<Connected> {
  const first = await connectOnce(target, settings, context, known, attempt, null);
  if (first.kind !== 'plaintext') return first;
  const second = await connectOnce(target, settings, context, known, attempt, first.why);
  return second.kind === 'plaintext' ? { ...second, kind: 'failed', greeted: true } : second;
}

async function connectOnce(
  target: Target,
  { hostname, timeouts }: SmtpSettings,
  context: () => SecureContext,
  known: Known,
  attempt: AttemptBounds,
  withoutTls: TlsFailure | null,
): Promise<Connected | (Extract<OpenResult, { kind: 'plaintext' }> & { readonly localIp: string | null })> {
  const dialled = await dial(target, timeouts.connectMs, attempt);
  if (dialled.kind === 'ended')
    return { kind: 'failed', verdict: unopened('connect', dialled), greeted: false, localIp: null };
  const localIp = dialled.socket.localAddress ?? null;
  const wire = new SocketWire(dialled.socket, context, attempt);
  const ehloName = target.source?.ehloName ?? hostname;
  const connection = { id: randomUUID(), localAddress: endOf(dialled.socket) };
  const opening = { target, hostname: ehloName, timeouts, ...known, withoutTls, connection };
  const opened = await openSession(wire, opening);
  if (opened.kind !== 'open') void politelyClosed(wire);
  return { ...opened, localIp };
}

function endOf({ localAddress, localPort, localFamily }: Socket): string | null {
  if (localAddress === undefined || localPort === undefined) return null;
  return localFamily === 'IPv6' ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}
