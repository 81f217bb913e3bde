import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { KeptStsPolicy, StsPolicies } from '../../functions/core/ports/sts-policies.ts';
import { now } from './samples.ts';

export type StsPoliciesUnderTest = {
  readonly stsPolicies: StsPolicies;
  /** The same policies as another worker sees them. */
  readonly reopened: () => StsPolicies;
  readonly dispose: () => Promise<void>;
};

const day = 86_400_000;

function keptOf(changes: Partial<KeptStsPolicy> = {}): KeptStsPolicy {
  return {
    domain: 'example.test',
    id: '20261125',
    policy: { mode: 'enforce', mx: ['mx.example.test', '*.example.test'], maxAgeSeconds: 604_800 },
    fetchedAt: now,
    checkedAt: now,
    expiresAt: now + 7 * day,
    ...changes,
  };
}

/** What the shared store of MTA-STS policies promises, whatever it stands on. */
export function describeStsPolicies(name: string, make: () => Promise<StsPoliciesUnderTest>): void {
  describe(`the MTA-STS policies on ${name}`, () => {
    let under: StsPoliciesUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    it('are found by domain, by every worker, as they were kept', async () => {
      const kept = keptOf();
      await under.stsPolicies.keep(kept);
      expect(await under.stsPolicies.find('example.test')).toEqual(kept);
      expect(await under.reopened().find('example.test')).toEqual(kept);
      expect(await under.stsPolicies.find('sub.example.test')).toBe(null);
    });

    it('give way to those fetched later, or checked later, and never to older ones', async () => {
      const { stsPolicies } = under;
      const kept = keptOf();
      await stsPolicies.keep(kept);
      await stsPolicies.keep(keptOf({ id: 'older', fetchedAt: now - 1, checkedAt: now + day }));
      expect(await stsPolicies.find('example.test')).toEqual(kept);
      const checked = keptOf({ checkedAt: now + day });
      await stsPolicies.keep(checked);
      await stsPolicies.keep(kept);
      expect(await stsPolicies.find('example.test')).toEqual(checked);
      const newer = keptOf({ id: 'newer', fetchedAt: now + 1, checkedAt: now + 1 });
      await stsPolicies.keep(newer);
      expect(await stsPolicies.find('example.test')).toEqual(newer);
    });

    it('that were kept at the same time by many are one of them', async () => {
      const { stsPolicies } = under;
      const all = Array.from({ length: 8 }, (_, index) => keptOf({ id: `id${index}`, fetchedAt: now + index }));
      await Promise.all(all.map((one) => stsPolicies.keep({ ...one, checkedAt: one.fetchedAt })));
      expect(await stsPolicies.find('example.test')).toMatchObject({ id: 'id7' });
    });

    it('are listed when they were not checked for long, unless they have expired', async () => {
      const { stsPolicies } = under;
      const aged = (domain: string, checkedAt: number, expiresAt = now + day): KeptStsPolicy =>
        keptOf({ domain, fetchedAt: now - 9 * day, checkedAt, expiresAt });
      await stsPolicies.keep(aged('b.test', now - 2 * day));
      await stsPolicies.keep(aged('a.test', now - 3 * day));
      await stsPolicies.keep(aged('fresh.test', now - 1));
      await stsPolicies.keep(aged('gone.test', now - 4 * day, now - 1));
      const listed = await stsPolicies.unchecked(now - day, now, 10);
      expect(listed.map(({ domain }) => domain)).toEqual(['a.test', 'b.test']);
      expect(listed[0]).toEqual(aged('a.test', now - 3 * day));
      await stsPolicies.keep(aged('a.test', now));
      expect((await stsPolicies.unchecked(now - day, now, 10)).map(({ domain }) => domain)).toEqual(['b.test']);
    });
  });
}
