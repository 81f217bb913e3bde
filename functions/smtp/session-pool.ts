import type { SecureContext } from 'node:tls';

import type { Log } from '../core/ports/log.ts';
import type { Target } from '../core/ports/router.ts';
import type { TlsResult, TlsResults } from '../core/ports/tls-results.ts';
import { isTlsFailure, type TlsFailure } from '../core/tls/tls-policy.ts';
import { bounds } from './bounds.ts';
import { connectSession, type Connected } from './connect-session.ts';
import { capsAt } from './host-caps.ts';
import type { LoginMemory } from './login.ts';
import { Pool, type PoolKey } from './pool.ts';
import { politelyClosed } from './quit.ts';
import { HabitMemory } from './server-habits.ts';
import { admits, belowCap, type Session } from './session.ts';
import type { SmtpSettings } from './settings.ts';
import { deferredBy, type Verdict } from './verdict.ts';
import type { AttemptBounds } from './wire.ts';

export type SessionResult =
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'failed'; readonly verdict: Verdict; readonly greeted: boolean };

type Ports = { readonly log: Log; readonly tlsResults: TlsResults };

/** Sessions by target. A session is handed out to one attempt at a time and comes back through `give`. */
export class SessionPool {
  readonly #settings: SmtpSettings;
  readonly #context: () => SecureContext;
  readonly #ports: Ports;
  readonly #pool: Pool<Session>;
  readonly #logins: LoginMemory = new WeakMap();
  readonly #habits = new HabitMemory();
  readonly #closing = new Set<Promise<void>>();
  readonly #idleTimers = new Map<Session, NodeJS.Timeout>();

  constructor(settings: SmtpSettings, context: () => SecureContext, ports: Ports) {
    this.#settings = settings;
    this.#context = context;
    this.#ports = ports;
    this.#pool = new Pool((session) => this.#retire(session));
  }

  /** An idle session that is still sound and may be used for the domain, or a new one. `fresh` insists on a new one. */
  async take(target: Target, domain: string, attempt: AttemptBounds, fresh: boolean): Promise<SessionResult> {
    const key = this.#keyOf(target);
    for (;;) {
      const leftMs = Math.max(0, attempt.endsAt - performance.now());
      const place = await this.#pool.take(key, fresh, leftMs, attempt.signal);
      if (place === null) return noPlace(attempt);
      if (place.connection === null) {
        await place.gone;
        return this.#connected(target, attempt);
      }
      const session = place.connection;
      if (await this.#sound(session, attempt)) {
        if (admits(session, domain)) return { kind: 'open', session };
        void this.#retire(session);
      }
      this.#pool.give(key, null);
    }
  }

  /** Takes a session back: for the next attempt if it is fit for one, else it is closed. */
  give(target: Target, session: Session): void {
    const key = this.#keyOf(target);
    if (!this.#fit(target, session)) {
      void this.#retire(session);
      this.#pool.give(key, null);
      return;
    }
    // FIN, 421 and stray replies on an idle connection all end it here, and cost nobody an attempt.
    session.wire.release(() => this.#dropIdle(key, session));
    if (!this.#pool.give(key, session)) return;
    const timer = setTimeout(() => this.#expire(key, session), bounds.idleMs).unref();
    this.#idleTimers.set(session, timer);
  }

  /** Ends idle sessions with QUIT and waits for those that are ending. */
  async close(): Promise<void> {
    this.#pool.close();
    await Promise.all(this.#closing);
  }

  async #connected(target: Target, attempt: AttemptBounds): Promise<SessionResult> {
    const known = { logins: this.#logins, habits: this.#habits.of(this.#keyOf(target).key) };
    const connecting = connectSession(target, this.#settings, this.#context, known, attempt);
    const connected = await connecting.catch((error: unknown) => {
      this.#pool.give(this.#keyOf(target), null);
      throw error;
    });
    const result = tlsResultOf(target, connected);
    if (result !== null) this.#ports.tlsResults.note(result);
    if (connected.kind === 'open') return connected;
    this.#pool.give(this.#keyOf(target), null);
    this.#ports.log.info('smtp_session_failed', {
      host: target.host,
      ip: target.ip,
      port: target.port,
      phase: connected.verdict.phase,
      code: connected.verdict.reply?.code ?? null,
      error: connected.verdict.error?.code ?? null,
    });
    return connected;
  }

  /** One turn of the event loop lets whatever the server said or did meanwhile be seen. */
  async #sound(session: Session, attempt: AttemptBounds): Promise<boolean> {
    clearTimeout(this.#idleTimers.get(session));
    const rested = this.#idleTimers.delete(session);
    session.wire.attend(attempt);
    return (rested ? await session.wire.quiet(0) : session.wire.ended) === null;
  }

  #fit({ host }: Target, session: Session): boolean {
    const sound = session.wire.ended === null && !session.spent;
    return sound && belowCap(session, capsAt(this.#settings, host).messages);
  }

  #dropIdle(key: PoolKey, session: Session): void {
    clearTimeout(this.#idleTimers.get(session));
    this.#idleTimers.delete(session);
    this.#pool.remove(key, session);
  }

  #expire(key: PoolKey, session: Session): void {
    this.#idleTimers.delete(session);
    if (this.#pool.remove(key, session)) void this.#retire(session);
  }

  #keyOf({ host, ip, port, tls, policy, credentials, source }: Target): PoolKey {
    // Domains share the connections to their host, unless its certificate has to name them.
    const rule = [policy.rule, policy.objection?.code ?? '', policy.dane === null ? '' : JSON.stringify(policy.dane)];
    const key = [host, ip, port, tls, ...rule, credentials?.user ?? '', source?.ip ?? ''].join(' ');
    const { group, connections } = capsAt(this.#settings, host);
    return { key, group: group ?? key, limit: connections };
  }

  #retire(session: Session): Promise<void> {
    clearTimeout(this.#idleTimers.get(session));
    this.#idleTimers.delete(session);
    if (session.wire.ended !== null) return Promise.resolve();
    const closing = politelyClosed(session.wire).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    return closing;
  }
}

/** What a new connection says about TLS; `null` for one that ended before or after it was its turn. */
function tlsResultOf({ policy, host, ip }: Target, connected: Connected): TlsResult | null {
  const { localIp } = connected;
  if (connected.kind === 'open') {
    const { objection, lacking } = connected.session;
    const failure = objection ?? (policy.published?.kind === 'none' ? lacking : null);
    return { policy, host, ip, localIp, failure };
  }
  const { phase, error, cause } = connected.verdict;
  if (phase !== 'starttls' || cause === 'interrupted') return null;
  const failure = isTlsFailure(error) ? error : unspecific(error?.detail ?? 'The server answered STARTTLS otherwise.');
  return { policy, host, ip, localIp, failure };
}

function unspecific(detail: string): TlsFailure {
  return { code: 'validation-failure', detail };
}

function noPlace(attempt: AttemptBounds): SessionResult {
  const error = attempt.signal.aborted
    ? { code: 'interrupted', detail: 'The attempt was interrupted.' }
    : {
        code: 'no_free_connection',
        detail: 'All connections to the host were busy until the attempt ran out of time.',
      };
  const cause = attempt.signal.aborted ? 'interrupted' : 'host';
  return { kind: 'failed', verdict: deferredBy('connect', cause, error, false), greeted: false };
}
