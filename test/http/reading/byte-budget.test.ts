import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createByteBudget } from '../../../functions/http/reading/byte-budget.ts';

describe('a byte budget', () => {
  it('never gives out more than it has, lets nobody overtake, and lets everybody in at last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 30 }), fc.infiniteStream(fc.nat(5)), async (sizes, picks) => {
        const budget = createByteBudget(100);
        const order: number[] = [];
        const held: { readonly bytes: number; readonly release: () => void }[] = [];
        const takes = sizes.map(async (size, index) => {
          const release = await budget.take(size);
          order.push(index);
          held.push({ bytes: Math.min(size, 100), release });
        });
        while (order.length < sizes.length || held.length > 0) {
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          expect(held.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100);
          const [picked] = held.splice(Number(picks.next().value) % Math.max(1, held.length), 1);
          picked?.release();
          picked?.release();
        }
        await Promise.all(takes);
        expect(order).toEqual(sizes.map((_, index) => index));
      }),
      { numRuns: 100 },
    );
  });
});
