import { describe, expect, it } from 'vitest';

import { addressOf } from '../../functions/core/mailbox.ts';
import type { FoundEmail } from '../../functions/core/ports/ledger.ts';
import { type EmailEvent, timeline } from '../../functions/core/timeline.ts';
import { simulate } from './simulation.ts';

function byRecipient({ email, deliveries }: FoundEmail): Map<string, EmailEvent[]> {
  return Map.groupBy(timeline(email, deliveries), ({ recipient }) => `${email.id} ${addressOf(recipient)}`);
}

describe('the timelines of a simulated week of faults', () => {
  it.each([1, 2, 3])('only grow: an event that was there once stays as it is (seed %i)', async (seed) => {
    const before = new Map<string, string[]>();
    const { ends } = await simulate(seed, (emails) => {
      for (const [recipient, events] of emails.flatMap((email) => [...byRecipient(email)])) {
        const seen = events.map((event) => JSON.stringify(event));
        const known = before.get(recipient) ?? [];
        expect(seen.slice(0, known.length)).toEqual(known);
        before.set(recipient, seen);
      }
    });
    const all = ends.flatMap(({ email, deliveries }) => timeline(email, deliveries));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const found of ends) {
      for (const recipient of found.deliveries.flatMap((delivery) => delivery.recipients)) {
        const events = byRecipient(found).get(`${found.email.id} ${addressOf(recipient.mailbox)}`) ?? [];
        const last = recipient.status === 'unknown' ? 'in_doubt' : recipient.status;
        expect(events.at(-1)?.type).toBe(`email.${last}`);
        expect(events.filter(({ attempt }) => attempt !== null)).toHaveLength(recipient.attempts.length);
        expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((a, b) => a - b));
      }
    }
    const types = new Set(all.map(({ type }) => type));
    for (const type of ['scheduled', 'queued', 'delivered', 'deferred', 'bounced', 'in_doubt', 'canceled'] as const) {
      expect(types).toContain(`email.${type}`);
    }
  });
});
