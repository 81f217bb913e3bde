import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { dishonestEnds } from './honest-ends.ts';
import { simulate } from './simulation.ts';

describe('a simulated week of faults', () => {
  it.each([1, 2, 3, 4, 6, 7])('ends every recipient once, duplicates in doubt only (seed %i)', async (seed) => {
    const week = await simulate(seed);
    expect(week.ends.length).toBeGreaterThan(20);
    const recipients = week.ends.flatMap(({ deliveries }) => deliveries.flatMap((delivery) => delivery.recipients));
    expect(recipients.some(({ status }) => status === 'suppressed')).toBe(true);
    expect(dishonestEnds(week)).toEqual([]);
  });

  it('runs the same way twice from the same seed', async () => {
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(JSON.stringify((await simulate(42)).ends))
        .digest('hex');
    expect(await digest()).toBe(await digest());
  });
});
