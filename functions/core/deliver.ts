import { afterAbandonedAttempt } from './abandoned-attempt.ts';
import { attemptUntil } from './attempt-until.ts';
import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';
import { failureEvidence } from './failure-evidence.ts';
import { limits } from './limits.ts';
import type { Mailbox } from './mailbox.ts';
import type { Outcome } from './outcome.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { Content, ContentStore } from './ports/content.ts';
import type { DeliveryLog } from './ports/delivery-log.ts';
import type { Claim, Ledger } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import type { PrepareOutbound } from './ports/outbound.ts';
import type { Job } from './ports/queue.ts';
import type { Random } from './ports/random.ts';
import type { ReturnPaths } from './ports/return-paths.ts';
import type { OutboundMessage, Transport } from './ports/transport.ts';
import { postpone, type Postponement } from './postpone.ts';
import type { Suppressions } from './ports/suppressions.ts';
import { openRecipients, settle } from './settle.ts';
import { vendorSimulationOf } from './simulator.ts';
import { suppressBounced } from './suppression/suppress-bounced.ts';

export type DeliverPorts = {
  readonly ledger: Ledger;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly contents: ContentStore;
  readonly transport: Transport;
  /** Where emails marked `test`, and the test addresses of vendors, go whatever the route. */
  readonly simulator: Transport;
  readonly prepareOutbound: PrepareOutbound;
  /** `null`: mail comes back to its sender. */
  readonly returnPaths: ReturnPaths | null;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: nothing is logged of what becomes of mail. */
  readonly deliveryLog?: DeliveryLog;
  readonly retryScheduleMs: readonly [number, ...number[]];
  /** The longest that one attempt may take. */
  readonly attemptMs: number;
};

/** The delivery as it goes on record, and what an attempt came to if one was made. */
type Worked = { readonly next: Delivery; readonly outcomes?: readonly Outcome[] };

type LostClaim = Extract<Claim, { kind: 'lost' }>;

/** `done`: the job may be removed, its delivery is on record. `keep`: nothing is known to be written; let the queue bring the job back. */
export type DeliverResult = 'done' | 'keep';

/**
 * One job: claim, attempt, record. A lost claim means that somebody else has the delivery or that it is over: nothing is
 * sent. Neither is anything when the last attempt's owner is gone: that is what goes on record then, and the delivery waits for
 * its next attempt. The far side's failures are outcomes; this rejects only for a bug.
 */
export async function deliver(job: Job, ports: DeliverPorts, signal: AbortSignal): Promise<DeliverResult> {
  const { clock, ledger, log } = ports;
  const startedAt = clock.now();
  const deadline = startedAt + ports.attemptMs;
  try {
    const name = { id: job.deliveryId, projectId: job.projectId };
    const claim = await ledger.claim(name, startedAt, deadline + leaseMarginMs(ports.attemptMs));
    if (claim.kind === 'lost') {
      log.info('claim_lost', { delivery: job.deliveryId, why: claim.why });
      return await afterLostClaim(job, claim.why, ports);
    }
    const { email, delivery } = claim;
    const { next, ...attempted } =
      claim.kind === 'abandoned'
        ? { next: afterAbandonedAttempt(email, delivery, ports) }
        : await work(job, email, delivery, deadline, ports, signal);
    if (next.state === 'deferred' && job.content.kind === 'inline') {
      await ports.contents.put(job.emailId, job.content.bytes);
    }
    const recorded = await record(next, deadline, ports);
    if (recorded === 'committed') ports.deliveryLog?.note({ email, before: [delivery], next: [next], ...attempted });
    return 'done';
  } catch (error) {
    log.error('delivery_not_recorded', { delivery: job.deliveryId, why: String(error) });
    return 'keep';
  }
}

// The shorter an attempt may be, the sooner its owner is missed; the least is what a function keeps to record outcomes.
function leaseMarginMs(attemptMs: number): number {
  return Math.min(limits.leaseMarginMs, Math.max(limits.recordingMs, attemptMs));
}

// A job may carry the only copy of the content: it is not let go while the delivery may need it still.
async function afterLostClaim(job: Job, why: LostClaim['why'], { contents }: DeliverPorts): Promise<DeliverResult> {
  switch (why) {
    case 'ended':
    case 'missing':
      return 'done';
    case 'held':
      return job.content.kind === 'inline' ? 'keep' : 'done';
    case 'not_due':
      if (job.content.kind === 'inline') await contents.put(job.emailId, job.content.bytes);
      return 'done';
    case 'not_accepted':
      return 'keep';
  }
}

async function work(
  job: Job,
  email: Email,
  delivery: Delivery,
  deadline: number,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<Worked> {
  const { clock } = ports;
  if (clock.now() >= email.expiresAt) return { next: endDelivery(delivery, 'expired', clock.now()) };
  const content = await contentOf(job, ports);
  if (content === null) {
    ports.log.error('content_missing', { delivery: delivery.id });
    return { next: endDelivery(delivery, 'failed', clock.now()) };
  }
  const outcomes = await attempt(email, delivery, content, deadline, ports, signal);
  if ('kind' in outcomes) return { next: postponed(delivery, email, outcomes, ports) };
  const next = settle(delivery, outcomes, {
    email,
    now: clock.now(),
    scheduleMs: ports.retryScheduleMs,
    fraction: ports.random.fraction(),
    classify: ports.classify,
  });
  logOutcomes(next, outcomes, ports.log);
  await suppressBounced(delivery, outcomes, ports);
  return { next, outcomes };
}

function postponed(delivery: Delivery, email: Email, wait: Postponement, { clock, log }: DeliverPorts): Delivery {
  const next = postpone(delivery, email, wait, clock.now());
  const { group, why } = wait;
  log.info('postponed', { delivery: delivery.id, group, why, wait_ms: (next.dueAt ?? clock.now()) - clock.now() });
  return next;
}

async function contentOf(job: Job, ports: DeliverPorts): Promise<Content | null> {
  if (job.content.kind === 'stored') return await ports.contents.open(job.emailId);
  const { bytes } = job.content;
  return { sizeBytes: bytes.length, chunks: () => [bytes] };
}

const lifetimeEnded = {
  code: 'lifetime_ended',
  detail: 'The lifetime of the email ended before a host had taken the message.',
};

async function attempt(
  email: Email,
  delivery: Delivery,
  content: Content,
  deadline: number,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<readonly Outcome[] | Postponement> {
  const recipients = openRecipients(delivery).map((recipient) => recipient.mailbox);
  const message = await prepared(content, email, ports);
  if (message === null) {
    const evidence = failureEvidence('data', 'not_signed', 'The message could not be signed; nothing was sent.');
    return recipients.map(() => ({ kind: 'deferred', cause: 'route', evidence }));
  }
  try {
    const transport = isSimulated(email, recipients) ? ports.simulator : ports.transport;
    const order = {
      deliveryId: delivery.id,
      attempt: delivery.attempt,
      domain: delivery.domain,
      sender: senderOf(email, delivery, ports),
      recipients,
      message,
      tls: email.tls,
      deadline,
      signal,
    };
    // Nobody gets a code that has expired, and no slow host keeps an email beyond its lifetime.
    if (email.expiresAt >= deadline) return await transport.attempt(order);
    return await attemptUntil({ at: email.expiresAt, error: lifetimeEnded }, order, transport, ports.clock);
  } catch (error) {
    // A bug of ours, and nobody knows how far the session had come: the honest record is doubt.
    ports.log.error('attempt_threw', { delivery: delivery.id, why: error instanceof Error ? (error.stack ?? '') : '' });
    const evidence = failureEvidence('dot', 'internal', 'The attempt ended in an error of our own.');
    return recipients.map(() => ({ kind: 'in_doubt', evidence }));
  }
}

// One transaction has one MAIL FROM: with several recipients it speaks for all of them.
function senderOf(email: Email, delivery: Delivery, { returnPaths, clock }: DeliverPorts): Mailbox | null {
  if (returnPaths === null || email.sender === null) return email.sender;
  const { projectId, id: deliveryId } = delivery;
  const [first, ...others] = openRecipients(delivery);
  const position = others.length === 0 ? (first?.position ?? null) : null;
  return returnPaths.addressFor({ projectId, deliveryId, position }, clock.now());
}

// Without its signature mail may be refused for good; a key that is out of reach today may be back tomorrow.
async function prepared(content: Content, email: Email, ports: DeliverPorts): Promise<OutboundMessage | null> {
  try {
    return await ports.prepareOutbound(content, email.content, email, ports.clock.now());
  } catch (error) {
    ports.log.error('message_not_signed', { email: email.id, why: String(error) });
    return null;
  }
}

// The recipients of a delivery share their domain, so they are a vendor's test addresses all together or not at all.
function isSimulated(email: Email, recipients: readonly Mailbox[]): boolean {
  return email.test || recipients.some((mailbox) => vendorSimulationOf(mailbox) !== null);
}

// An outcome is worth waiting for: a store that is busy or full for a while must not turn a delivery into doubt.
async function record(next: Delivery, deadline: number, ports: DeliverPorts): Promise<'committed' | 'fenced'> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      const committed = await ports.ledger.commit(next);
      if (committed === 'fenced') ports.log.warn('outcome_fenced_out', { delivery: next.id });
      return committed;
    } catch (error) {
      if (ports.clock.now() + pauseMs >= deadline) throw error;
      await ports.clock.sleep(pauseMs);
    }
  }
}

// One line however many recipients: the evidence is that of the first who did not get it.
function logOutcomes(next: Delivery, outcomes: readonly Outcome[], log: Log): void {
  const missed = outcomes.filter(({ kind }) => kind !== 'delivered' && kind !== 'relayed');
  const fault = missed.find((outcome) => outcome.kind === 'deferred' && outcome.cause === 'route');
  const shown = fault ?? missed[0];
  if (shown === undefined) return;
  const { phase, host, reply, error } = shown.evidence;
  const which = { delivery: next.id, attempt: next.attempt, recipients: missed.length, outcome: shown.kind };
  const fields = { ...which, phase, host, code: reply?.code ?? null, error: error?.code ?? null };
  if (fault === undefined) log.info('not_delivered', fields);
  else log.error('route_fault', fields);
}
