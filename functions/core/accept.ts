import type { Draft, NamedMailbox } from './draft.ts';
import type { Delivery, Email, Recipient } from './email.ts';
import { deliveryIdOf } from './delivery-id.ts';
import { newEmailId, type ProjectId } from './ids.ts';
import { limits } from './limits.ts';
import { addressOf } from './mailbox.ts';
import type { Admissions, IdempotentRequest, KeptAnswer } from './ports/admissions.ts';
import type { Clock } from './ports/clock.ts';
import type { Composer } from './ports/composer.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import { type SuppressedMailboxes, suppressedRecipient } from './suppressed-recipient.ts';

export type AcceptPorts = {
  readonly admissions: Admissions;
  readonly composer: Composer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The lifetime of an email that names none. */
  readonly maxAgeMs: number;
};

/** Who asks, and how the answer reads that is kept for the request's Idempotency-Key. */
export type AcceptContext = {
  readonly projectId: ProjectId;
  /** Recipients of the draft that the project no longer mails: they end as `suppressed` here and now. */
  readonly suppressed: SuppressedMailboxes;
  readonly idempotency: {
    readonly request: IdempotentRequest;
    readonly render: (
      email: Email,
      deliveries: readonly Delivery[],
    ) => { readonly status: number; readonly body: string };
  } | null;
};

/** `kept`: the key has been used before, here is what was answered then. `unavailable`: nothing was accepted, the same request may come again. */
export type AcceptResult =
  | { readonly kind: 'accepted'; readonly email: Email; readonly deliveries: readonly Delivery[] }
  | { readonly kind: 'kept'; readonly kept: KeptAnswer }
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Accepts an email: composes its bytes once, groups the recipients by domain, and answers `accepted` only when rows, jobs
 * and content are durable. Throws only for a bug.
 */
export async function accept(draft: Draft, context: AcceptContext, ports: AcceptPorts): Promise<AcceptResult> {
  const now = ports.clock.now();
  const id = newEmailId(now, ports.random);
  const messageId = `<${id}@${draft.from.mailbox.domain}>`;
  const { bytes, facts } = await ports.composer.compose(draft, messageId, now);
  const scheduledAt = draft.scheduledAt !== null && draft.scheduledAt > now ? draft.scheduledAt : null;
  const email: Email = {
    id,
    projectId: context.projectId,
    createdAt: now,
    messageId,
    from: readable(draft.from),
    subject: draft.subject,
    fromDomain: draft.from.mailbox.domain,
    sender: draft.from.mailbox,
    scheduledAt,
    expiresAt: draft.expiresAt ?? (scheduledAt ?? now) + ports.maxAgeMs,
    expiresAtGiven: draft.expiresAt !== null,
    tags: draft.tags,
    metadata: draft.metadata,
    tls: draft.tls,
    onInDoubt: draft.onInDoubt,
    test: draft.test,
    content: facts,
  };
  const deliveries = deliveriesOf(draft, email, context.suppressed);
  const { idempotency } = context;
  const answer = idempotency && { request: idempotency.request, ...idempotency.render(email, deliveries) };
  try {
    const admitted = await ports.admissions.admit([{ email, deliveries, content: bytes }], answer, now);
    return admitted.kind === 'taken' ? { kind: 'kept', kept: admitted.kept } : { kind: 'accepted', email, deliveries };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    ports.log.error('accept_refused', { why });
    return { kind: 'unavailable', why };
  }
}

function deliveriesOf(draft: Draft, email: Email, suppressed: SuppressedMailboxes): Delivery[] {
  const recipients = recipientsOf(draft, email.createdAt, suppressed);
  const byDomain = Map.groupBy(recipients, (recipient) => recipient.mailbox.domain);
  return Array.from(byDomain, ([domain, sharing], index) => ({
    id: deliveryIdOf(email.id, index),
    emailId: email.id,
    projectId: email.projectId,
    domain,
    ...beginning(email, sharing),
    version: 1,
    attempt: 0,
    claimedAt: null,
    recipients: sharing,
  }));
}

function beginning(email: Email, recipients: readonly Recipient[]): Pick<Delivery, 'state' | 'dueAt'> {
  if (recipients.every(({ status }) => status !== 'open')) return { state: 'ended', dueAt: null };
  if (email.scheduledAt !== null) return { state: 'scheduled', dueAt: email.scheduledAt };
  return { state: 'queued', dueAt: Math.min(email.createdAt + limits.queuedGraceMs, email.expiresAt) };
}

// An address named twice gets one copy; the first mention counts (To before Cc before Bcc).
function recipientsOf(draft: Draft, now: number, suppressed: SuppressedMailboxes): Recipient[] {
  const byAddress = new Map<string, Recipient>();
  for (const kind of ['to', 'cc', 'bcc'] as const) {
    for (const { mailbox } of draft[kind]) {
      const address = addressOf(mailbox);
      if (byAddress.has(address)) continue;
      const position = byAddress.size;
      const reason = suppressed.get(mailbox);
      const recipient: Recipient = {
        mailbox,
        kind,
        position,
        status: 'open',
        updatedAt: now,
        bounce: null,
        attempts: [],
      };
      byAddress.set(address, reason === undefined ? recipient : suppressedRecipient(recipient, reason, now));
    }
  }
  return [...byAddress.values()];
}

function readable({ name, mailbox }: NamedMailbox): string {
  return name === null ? addressOf(mailbox) : `${name} <${addressOf(mailbox)}>`;
}
