import type { Content } from '../core/ports/content.ts';
import type { AttemptOrder } from '../core/ports/transport.ts';
import { dsnParameters } from './dsn-parameters.ts';
import { formFor, needsUtf8, sizeRefusal, utf8Refusal } from './envelope-rules.ts';
import type { RecipientVerdict } from './judge-envelope.ts';
import type { ContentIn } from './ordered-content.ts';
import type { ContentRules } from './send-content.ts';
import { requireTlsRefusal } from './require-tls.ts';
import { belowCap, type Session } from './session.ts';
import type { SmtpSettings } from './settings.ts';
import { transact, type Transaction } from './transaction.ts';
import type { Verdict } from './verdict.ts';
import type { AttemptBounds } from './wire.ts';

export type SessionWork = {
  readonly settings: SmtpSettings;
  readonly order: AttemptOrder;
  readonly attempt: AttemptBounds;
  readonly contentIn: ContentIn;
};

/**
 * Transactions on one session for the recipients at `indexes` of the order. Those for whom the server had no room come
 * again at once while it takes others (RFC 5321 §4.5.3.1.10). Answers with those that are settled: whoever is missing is to
 * be tried on a new connection, at no cost.
 */
export async function runSession(
  session: Session,
  work: SessionWork,
  indexes: readonly number[],
): Promise<Map<number, Verdict>> {
  const { order } = work;
  session.domains.add(order.domain);
  const settled = new Map<number, Verdict>();
  const form = formFor(order.message.facts, session.capabilities);
  const content = await work.contentIn(form);
  const open = new Set(indexes);
  for (const [index, refusal] of refusals(session, order, content, indexes)) {
    settled.set(index, refusal);
    open.delete(index);
  }
  while (open.size > 0 && !session.spent && belowCap(session, work.settings.maxMessagesPerConnection)) {
    const batch = [...open].slice(0, session.capabilities.limits.recipients ?? open.size);
    const result = await transact(session, transactionFor(session, order, content, batch), rulesFor(session, work));
    if (result.kind === 'stale') {
      session.wire.destroy();
      break;
    }
    for (const [index, verdict] of settledOf(batch, result.verdicts)) {
      settled.set(index, verdict);
      open.delete(index);
    }
  }
  return settled;
}

function* refusals(
  session: Session,
  order: AttemptOrder,
  content: Content,
  indexes: readonly number[],
): Generator<[number, Verdict]> {
  const withoutTlsPromise = requireTlsRefusal(order, session);
  const tooLarge = sizeRefusal(content, session.capabilities);
  for (const index of indexes) {
    const recipient = order.recipients[index];
    if (recipient === undefined) continue;
    const refusal = withoutTlsPromise ?? utf8Refusal(order, recipient, session.capabilities) ?? tooLarge;
    if (refusal !== null) yield [index, refusal];
  }
}

function transactionFor(
  { capabilities }: Session,
  order: AttemptOrder,
  content: Content,
  batch: readonly number[],
): Transaction {
  const recipients = order.recipients.filter((_, index) => batch.includes(index));
  const eightBit = order.message.facts.eightBit && capabilities.eightBitMime;
  const parameters = {
    sizeBytes: capabilities.size ? content.sizeBytes : null,
    body: eightBit ? ('8BITMIME' as const) : null,
    smtpUtf8: needsUtf8(order, recipients),
    requireTls: order.tls === 'requiretls',
    dsn: dsnParameters(capabilities.dsn, order.sender, order.deliveryId),
  };
  return { sender: order.sender, recipients, parameters, content };
}

function rulesFor({ capabilities }: Session, { settings, attempt }: SessionWork): ContentRules {
  const { timeouts, minimumRateBytesPerSecond } = settings;
  return { timeouts, minimumRateBytesPerSecond, attempt, pipelining: capabilities.pipelining };
}

/** Those to be asked for again stay open while there is progress. */
function* settledOf(batch: readonly number[], verdicts: readonly RecipientVerdict[]): Generator<[number, Verdict]> {
  const progress = verdicts.some((verdict) => verdict.kind === 'accepted');
  for (const [place, index] of batch.entries()) {
    const verdict = verdicts[place];
    if (verdict === undefined) throw new Error('A transaction left a recipient without a verdict.');
    if (verdict.kind !== 'again') yield [index, verdict];
    else if (!progress) yield [index, verdict.otherwise];
  }
}
