import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createSlots } from '../../functions/core/slots.ts';

it('slots are never taken twice, nobody waits in vain, and each gets between one and what they asked for', async () => {
  const wishes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(wishes, { maxLength: 6 }), async (count, takers) => {
      const slots = createSlots(count);
      let inUse = 0;
      await Promise.all(
        takers.map(async (mosts) => {
          for (const most of mosts) {
            const taken = await slots.take(most);
            inUse += taken;
            expect(taken).toBeGreaterThanOrEqual(1);
            expect(taken).toBeLessThanOrEqual(most);
            expect(inUse).toBeLessThanOrEqual(count);
            // They come back one by one, as deliveries end.
            for (let left = taken; left > 0; left--) {
              await Promise.resolve();
              inUse--;
              slots.free(1);
            }
          }
        }),
      );
      expect(await slots.take(99)).toBe(count);
    }),
  );
});
