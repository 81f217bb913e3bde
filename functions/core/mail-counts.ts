import type { Delivery, Recipient } from './email.ts';
import type { Measures } from './ports/metrics.ts';
import { providerOf } from './provider.ts';

/**
 * What one write of a delivery did, counted in recipients: the outcome of an attempt (`delivered`, `relayed`, `deferred`,
 * `bounced`, `in_doubt`, and the same by provider, `google_deferred`), and ends without one of these (`expired`, `failed`,
 * `suppressed`, `canceled`, `unknown`). A report that came back counts too: `bounced`, without a decision beside the first one, and
 * `complained`. `tried` are those for whom there was an outcome, `decided` those of them about whom a
 * server decided. `attempts` counts the delivery, and so does `postponed`, which is no attempt. What did not happen is absent. Pure.
 */
export function mailCounts(before: Delivery, after: Delivery): Measures {
  const changes = before.recipients.flatMap((recipient, index) => {
    const then = after.recipients[index];
    if (then === undefined) return [];
    const complained = recipient.complainedAt === undefined && then.complainedAt !== undefined ? ['complained'] : [];
    return [...(recipient.status === 'open' ? namesOf(recipient, then) : reportedOf(recipient, then)), ...complained];
  });
  const attempted = before.recipients.some(
    ({ attempts }, index) => attempts.length < (after.recipients[index]?.attempts.length ?? 0),
  );
  const postponed = after.state === 'deferred' && after.attempt < before.attempt;
  const ofDelivery = [...(attempted ? ['attempts'] : []), ...(postponed ? ['postponed'] : [])];
  return sum([...changes, ...ofDelivery].map((name) => ({ [name]: 1 })));
}

const decisions: ReadonlySet<string> = new Set(['delivered', 'relayed', 'bounced']);

/** Every measure of the list, added up. Pure. */
export function sum(list: readonly Measures[]): Measures {
  const total = new Map<string, number>();
  for (const [name, value] of list.flatMap((measures) => Object.entries(measures))) {
    total.set(name, (total.get(name) ?? 0) + value);
  }
  return Object.fromEntries(total);
}

function reportedOf(before: Recipient, { status }: Recipient): readonly string[] {
  return status === 'bounced' && before.status !== 'bounced' ? ['bounced'] : [];
}

function namesOf(before: Recipient, { status, attempts }: Recipient): readonly string[] {
  const attempt = attempts.length > before.attempts.length ? attempts.at(-1) : undefined;
  const names: string[] = [];
  if (attempt !== undefined) names.push('tried', attempt.outcome);
  if (attempt !== undefined && decisions.has(attempt.outcome)) names.push('decided');
  if (attempt?.host) names.push(`${providerOf(attempt.host)}_${attempt.outcome}`);
  if (status !== 'open' && status !== attempt?.outcome) names.push(status);
  return names;
}
