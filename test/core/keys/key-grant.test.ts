import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KeyId, ProjectId } from '../../../functions/core/ids.ts';
import { grantOf, type KeyWish } from '../../../functions/core/keys/key-grant.ts';
import { bootstrapKeyId } from '../../../functions/core/keys/key-id.ts';
import type { KeyRights, Principal } from '../../../functions/core/ports/keys.ts';
import { scopes } from '../../../functions/core/keys/scopes.ts';

const projects = ['prj_default', 'prj_shop'] as ProjectId[];
const nothing: KeyWish = {
  projectId: null,
  scopes: null,
  senderDomains: null,
  recipients: null,
  mode: null,
  rate: null,
};
const bootstrap: Principal = {
  projectId: 'prj_default' as ProjectId,
  keyId: bootstrapKeyId,
  scopes,
  senderDomains: null,
  recipients: null,
  mode: 'live',
  rate: null,
};

const domains = fc.subarray(['one.example', 'sub.one.example', 'two.example'], { minLength: 1 });
const recipients = fc.subarray(
  ['one.example', 'ada@one.example', 'bob@one.example', 'two.example', 'ada@two.example'],
  {
    minLength: 1,
  },
);
const rate = fc.record({ limit: fc.integer({ min: 1, max: 20_000 }), windowSeconds: fc.integer({ min: 1, max: 600 }) });
const mode = fc.constantFrom('live' as const, 'test' as const);
const rights: fc.Arbitrary<KeyRights> = fc.record({
  scopes: fc.subarray([...scopes], { minLength: 1 }),
  senderDomains: fc.option(domains),
  recipients: fc.option(recipients),
  mode,
  rate: fc.option(rate),
});
const creators: fc.Arbitrary<Principal> = fc
  .tuple(rights, fc.constantFrom(...projects))
  .map(([given, projectId]) => ({ ...given, projectId, keyId: 'key_1' as KeyId }));
const wishes: fc.Arbitrary<KeyWish> = fc.record({
  projectId: fc.option(fc.constantFrom(...projects)),
  scopes: fc.option(fc.subarray([...scopes], { minLength: 1 })),
  senderDomains: fc.option(domains),
  recipients: fc.option(recipients),
  mode: fc.option(mode),
  rate: fc.option(rate),
});

const everyAddress = ['one', 'sub.one', 'two', 'three'].flatMap((name) => [
  `ada@${name}.example`,
  `bob@${name}.example`,
]);

function mayMail({ recipients: allowed }: KeyRights, address: string): boolean {
  return allowed === null || allowed.includes(address) || allowed.includes(address.replace(/^.*@/, ''));
}

describe('what a key gives on', () => {
  it('is never more than it has', () => {
    fc.assert(
      fc.property(creators, wishes, (creator, wish) => {
        const grant = grantOf(creator, wish);
        if (!grant.ok) {
          expect(grant.why).toMatch(/\.$/);
          return;
        }
        const given = grant.rights;
        expect(given.projectId).toBe(creator.projectId);
        expect(given.scopes.every((scope) => creator.scopes.includes(scope))).toBe(true);
        expect(creator.mode === 'live' || given.mode === 'test').toBe(true);
        const from = creator.senderDomains;
        if (from !== null) expect(given.senderDomains?.every((domain) => from.includes(domain))).toBe(true);
        expect(everyAddress.filter((address) => mayMail(given, address) && !mayMail(creator, address))).toEqual([]);
        expect(given.rate).not.toBeNull();
        if (creator.rate === null || given.rate === null) return;
        expect(given.rate.limit).toBeLessThanOrEqual(creator.rate.limit);
        expect(given.rate.limit / given.rate.windowSeconds).toBeLessThanOrEqual(
          creator.rate.limit / creator.rate.windowSeconds,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is always at least what it is itself, in its own project', () => {
    fc.assert(
      fc.property(creators, (creator) => {
        expect(grantOf(creator, { ...nothing, ...creator })).toMatchObject({ ok: true });
        expect(grantOf(creator, nothing)).toMatchObject({
          ok: true,
          rights: {
            projectId: creator.projectId,
            scopes: creator.scopes,
            senderDomains: creator.senderDomains,
            recipients: creator.recipients,
            mode: creator.mode,
          },
        });
      }),
    );
  });

  it('is anything, and in any project, when it is the bootstrap key', () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const grant = grantOf(bootstrap, wish);
        expect(grant).toMatchObject({ ok: true });
        if (grant.ok && wish.projectId !== null) expect(grant.rights.projectId).toBe(wish.projectId);
      }),
    );
  });

  it('has the standard rate when none was asked for, or its own where that is lower', () => {
    const rateOf = (own: Principal['rate']): unknown => {
      const grant = grantOf({ ...bootstrap, rate: own }, nothing);
      return grant.ok && grant.rights.rate;
    };
    const standard = { limit: 6_000, windowSeconds: 60 };
    expect(rateOf(null)).toEqual(standard);
    expect(rateOf({ limit: 100_000, windowSeconds: 60 })).toEqual(standard);
    expect(rateOf({ limit: 60, windowSeconds: 60 })).toEqual({ limit: 60, windowSeconds: 60 });
    expect(rateOf({ limit: 10_000, windowSeconds: 3_600 })).toEqual({ limit: 10_000, windowSeconds: 3_600 });
  });
});
