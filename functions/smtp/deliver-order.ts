import type { Outcome, SessionTrace } from '../core/outcome.ts';
import type { Target } from '../core/ports/router.ts';
import type { HostResult } from '../core/ports/smtp-client.ts';
import type { AttemptOrder } from '../core/ports/transport.ts';
import { orderedContent } from './ordered-content.ts';
import type { SessionPool } from './session-pool.ts';
import { runSession } from './run-session.ts';
import type { Session } from './session.ts';
import { capsAt } from './host-caps.ts';
import type { SmtpSettings } from './settings.ts';
import type { Verdict } from './verdict.ts';
import type { AttemptBounds } from './wire.ts';

type RecipientResult = HostResult['recipients'][number];

/**
 * One order at one host, in as many sessions as it needs: those recipients whose session had gone stale come again on a
 * new connection, and so do those for whom a server that closed had no room before.
 */
export async function deliver(
  pool: SessionPool,
  settings: SmtpSettings,
  target: Target,
  order: AttemptOrder,
  attempt: AttemptBounds,
  accepted: 'delivered' | 'relayed',
): Promise<HostResult> {
  const results: RecipientResult[] = [];
  const contentIn = orderedContent(order.message);
  const open = new Set(order.recipients.keys());
  const { messages } = capsAt(settings, target.host);
  const capped = { ...settings, maxMessagesPerConnection: messages };
  let sessionOpened = false;
  let sessionReused = true;
  let fresh = false;
  while (open.size > 0) {
    const taken = await pool.take(target, order.domain, attempt, fresh);
    attempt.phases?.pause();
    sessionOpened ||= taken.kind === 'open' || taken.greeted;
    const session = taken.kind === 'open' ? taken.session : null;
    sessionReused &&= session !== null && session.transactions > 0;
    const verdicts =
      taken.kind === 'open'
        ? await withSession(pool, target, taken.session, () =>
            runSession(taken.session, { settings: capped, order, attempt, contentIn }, [...open]),
          )
        : new Map(Array.from(open, (index) => [index, taken.verdict] as const));
    attempt.phases?.pause();
    const trace = traceOf(target, session, attempt);
    for (const [index, verdict] of verdicts) {
      const outcome = outcomeOf(verdict, target, session, accepted);
      results[index] = { outcome: { ...outcome, session: trace }, tryNextHost: verdict.tryNextHost };
      open.delete(index);
    }
    fresh = true;
  }
  return { recipients: results, sessionOpened, sessionReused };
}

/** The session goes back whatever happens; after a throw it may be in the middle of anything. */
async function withSession<Value>(
  pool: SessionPool,
  target: Target,
  session: Session,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    session.wire.destroy();
    throw error;
  } finally {
    pool.give(target, session);
  }
}

function traceOf({ source }: Target, session: Session | null, { phases }: AttemptBounds): SessionTrace {
  return {
    phasesMs: phases?.taken() ?? {},
    sessionId: session?.connection.id ?? null,
    localAddress: session?.connection.localAddress ?? null,
    source: source === undefined ? null : (source.ehloName ?? source.ip),
    peerSubject: session?.peerSubject ?? null,
  };
}

function outcomeOf(
  verdict: Verdict,
  { host, ip, port }: Target,
  session: Session | null,
  accepted: 'delivered' | 'relayed',
): Outcome {
  const { kind, phase, reply, error, cause, source } = verdict;
  const evidence = { phase, host, ip, port, tls: session?.tls ?? null, reply, error };
  switch (kind) {
    case 'accepted':
      return { kind: accepted, evidence: { ...evidence, error: error ?? session?.objection ?? null } };
    case 'deferred':
      return { kind, evidence, cause };
    case 'bounced':
      return { kind, evidence, source };
    case 'in_doubt':
      return { kind, evidence };
  }
}
