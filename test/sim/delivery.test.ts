import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { addressOf } from '../../functions/core/mailbox.ts';
import { simulate } from './simulation.ts';

describe('a simulated week of faults', () => {
  it.each([1, 2, 3, 4, 5, 6])('ends every recipient once, duplicates in doubt only (seed %i)', async (seed) => {
    const { ends, copies } = await simulate(seed);
    expect(ends.length).toBeGreaterThan(20);
    const recipients = ends.flatMap(({ deliveries }) => deliveries.flatMap((delivery) => delivery.recipients));
    expect(recipients.some(({ status }) => status === 'suppressed')).toBe(true);
    for (const { email, deliveries } of ends) {
      for (const recipient of deliveries.flatMap((delivery) => delivery.recipients)) {
        const received = copies.get(addressOf(recipient.mailbox)) ?? 0;
        const doubts = recipient.attempts.filter((attempt) => attempt.outcome === 'in_doubt').length;
        const seen = JSON.stringify({ onInDoubt: email.onInDoubt, received, recipient }, null, 1);
        expect(recipient.status, seen).not.toBe('open');
        expect(received, seen).toBeLessThanOrEqual(email.onInDoubt === 'hold' ? 1 : 1 + doubts);
        if (recipient.status === 'delivered') expect(received, seen).toBeGreaterThan(0);
        if (recipient.status === 'suppressed') expect(received, seen).toBeLessThanOrEqual(doubts);
        if (received > 0 && doubts === 0) expect(recipient.status, seen).toBe('delivered');
        expect(recipient.attempts.map((attempt) => attempt.attempt)).toEqual(
          recipient.attempts.map((attempt) => attempt.attempt).toSorted((a, b) => a - b),
        );
      }
    }
  });

  it('runs the same way twice from the same seed', async () => {
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(JSON.stringify((await simulate(42)).ends))
        .digest('hex');
    expect(await digest()).toBe(await digest());
  });
});
