import { deliveryIdOf } from './delivery-id.ts';
import type { Draft, NamedMailbox } from './draft.ts';
import type { Delivery, Email, Recipient } from './email.ts';
import { newEmailId, type ProjectId } from './ids.ts';
import { limits } from './limits.ts';
import { addressOf, type Mailbox } from './mailbox.ts';
import type { Admission } from './ports/admissions.ts';
import type { Clock } from './ports/clock.ts';
import type { Composed, Composer } from './ports/composer.ts';
import type { Random } from './ports/random.ts';
import type { RawDraft } from './raw-draft.ts';
import type { UnsubscribeBearer } from './ports/unsubscribe-tokens.ts';
import { type SuppressedMailboxes, suppressedRecipient } from './suppression/suppressed-recipient.ts';
import { withUnsubscribeLink } from './suppression/unsubscribe-link.ts';

/** The link by which a recipient unsubscribes. */
export type UnsubscribeUrl = (bearer: UnsubscribeBearer) => string;

export type PreparePorts = {
  readonly composer: Composer;
  readonly clock: Clock;
  readonly random: Random;
  /** The lifetime of an email that names none. */
  readonly maxAgeMs: number;
  /** `null` where no links are made: no draft may ask for one then. */
  readonly unsubscribeUrl: UnsubscribeUrl | null;
};

/** What is to become an email: composed from a draft, or a message that is there already. */
export type Sendable = Draft | RawDraft;

type Addressed = { readonly mailbox: Mailbox; readonly kind: Recipient['kind'] };

/**
 * The email as it will be accepted: its bytes made once, its recipients grouped by domain. Those in `suppressed` have ended
 * from the start. Nothing is stored. Throws only for a bug.
 */
export async function prepare(
  sendable: Sendable,
  suppressed: SuppressedMailboxes,
  projectId: ProjectId,
  ports: PreparePorts,
): Promise<Admission> {
  const now = ports.clock.now();
  const id = newEmailId(now, ports.random);
  const { messageId, bytes, facts, relaxesTls } = await messageOf(
    'message' in sendable ? sendable : withOwnLink(sendable, { projectId, emailId: id }, ports),
    `<${id}@${sendable.from.mailbox.domain}>`,
    now,
    ports,
  );
  const scheduledAt = sendable.scheduledAt !== null && sendable.scheduledAt > now ? sendable.scheduledAt : null;
  const email: Email = {
    id,
    projectId,
    createdAt: now,
    messageId,
    from: readable(sendable.from),
    subject: sendable.subject,
    fromDomain: sendable.from.mailbox.domain,
    sender: 'message' in sendable ? sendable.sender : sendable.from.mailbox,
    scheduledAt,
    expiresAt: sendable.expiresAt ?? (scheduledAt ?? now) + ports.maxAgeMs,
    expiresAtGiven: sendable.expiresAt !== null,
    tags: sendable.tags,
    metadata: sendable.metadata,
    // What the request demands is not taken back by what the message says.
    tls: relaxesTls && sendable.tls === 'opportunistic' ? 'relaxed' : sendable.tls,
    onInDoubt: sendable.onInDoubt,
    test: sendable.test,
    content: facts,
    ...(sendable.dsn && { dsn: sendable.dsn }),
  };
  return { email, deliveries: deliveriesOf(addressed(sendable), email, suppressed), content: bytes };
}

function withOwnLink(
  draft: Draft,
  sent: Omit<UnsubscribeBearer, 'mailbox'>,
  { unsubscribeUrl }: Pick<PreparePorts, 'unsubscribeUrl'>,
): Draft {
  if (!draft.ownUnsubscribeLink) return draft;
  const [recipient, ...others] = [...draft.to, ...draft.cc, ...draft.bcc];
  if (recipient === undefined || others.length > 0 || unsubscribeUrl === null) {
    throw new Error('A link of ours speaks for one recipient, and needs a public address.');
  }
  return withUnsubscribeLink(draft, unsubscribeUrl({ ...sent, mailbox: recipient.mailbox }));
}

async function messageOf(
  sendable: Sendable,
  freshMessageId: string,
  now: number,
  { composer }: PreparePorts,
): Promise<Composed & { readonly messageId: string }> {
  if (!('message' in sendable)) {
    return { messageId: freshMessageId, ...(await composer.compose(sendable, freshMessageId, now)) };
  }
  const messageId = sendable.message.messageId ?? freshMessageId;
  return { messageId, ...composer.complete(sendable.message, messageId, now) };
}

function addressed(sendable: Sendable): Addressed[] {
  if ('message' in sendable) return sendable.recipients.map((mailbox) => ({ mailbox, kind: 'to' }));
  return (['to', 'cc', 'bcc'] as const).flatMap((kind) => sendable[kind].map(({ mailbox }) => ({ mailbox, kind })));
}

function deliveriesOf(all: readonly Addressed[], email: Email, suppressed: SuppressedMailboxes): Delivery[] {
  const byDomain = Map.groupBy(recipientsOf(all, email.createdAt, suppressed), ({ mailbox }) => mailbox.domain);
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
    ...(email.dsn && { notify: email.dsn.notify }),
  }));
}

function beginning(email: Email, recipients: readonly Recipient[]): Pick<Delivery, 'state' | 'dueAt'> {
  if (recipients.every(({ status }) => status !== 'open')) return { state: 'ended', dueAt: null };
  if (email.scheduledAt !== null) return { state: 'scheduled', dueAt: email.scheduledAt };
  return { state: 'queued', dueAt: Math.min(email.createdAt + limits.queuedGraceMs, email.expiresAt) };
}

// An address named twice gets one copy; the first mention counts (To before Cc before Bcc).
function recipientsOf(all: readonly Addressed[], now: number, suppressed: SuppressedMailboxes): Recipient[] {
  const byAddress = new Map<string, Recipient>();
  for (const { mailbox, kind } of all) {
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
  return [...byAddress.values()];
}

function readable({ name, mailbox }: NamedMailbox): string {
  return name === null ? addressOf(mailbox) : `${name} <${addressOf(mailbox)}>`;
}
