import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { canonicalAddress } from '../../functions/core/canonical-address.ts';
import type { ProjectId } from '../../functions/core/ids.ts';
import type { Suppression, Suppressions } from '../../functions/core/ports/suppressions.ts';
import { mailboxOf, now, project } from './samples.ts';

export type SuppressionsUnderTest = {
  readonly suppressions: Suppressions;
  /** Whether what has expired is purged by the adapter, and not by what it stands on. */
  readonly purges: boolean;
  readonly dispose: () => Promise<void>;
};

const other = 'prj_other' as ProjectId;

/** What the suppressions promise, whatever they stand on. */
export function describeSuppressions(name: string, make: () => Promise<SuppressionsUnderTest>): void {
  describe(`the suppressions on ${name}`, () => {
    let under: SuppressionsUnderTest;
    let suppressions: Suppressions;
    beforeEach(async () => {
      under = await make();
      ({ suppressions } = under);
    });
    afterEach(() => under.dispose());

    it('find an address whatever its case, its tag and the form of its domain (X23)', async () => {
      await suppressions.add([suppressionOf('Ada+News@b\u00fccher.example')], now);
      const spellings = ['ada@xn--bcher-kva.example', 'ADA+x+y@B\u00dcCHER.example', 'ada+@b\u00fccher.example'];
      const mailboxes = spellings.map(mailboxOf);
      expect(await suppressions.among(project, mailboxes, now)).toEqual(
        new Map(mailboxes.map((mailbox) => [mailbox, 'bounce'])),
      );
    });

    it('find no address that is only nearly one of theirs', async () => {
      await suppressions.add([suppressionOf('ada@one.example')], now);
      const near = ['adam@one.example', 'ad@one.example', '+ada@one.example', 'ada@two.example', 'ada@x.one.example'];
      expect(await suppressions.among(project, near.map(mailboxOf), now)).toEqual(new Map());
      expect(await suppressions.among(project, [], now)).toEqual(new Map());
    });

    it('give back what was added, every field of it', async () => {
      const suppression = suppressionOf('Ada+1@one.example', { note: 'said "no" \u{1f4ed}', expiresAt: now + 1 });
      expect(await suppressions.add([suppression], now)).toEqual([{ suppression, added: true }]);
      expect(await suppressions.find(project, 'ada@one.example', now)).toEqual(suppression);
      expect(await suppressions.find(project, 'Ada+1@one.example', now)).toBeNull();
    });

    it('keep the first entry of an address, in one call too', async () => {
      const first = suppressionOf('ada@one.example', { reason: 'complaint' });
      const second = suppressionOf('ADA@one.example', { reason: 'manual' });
      expect(await suppressions.add([first, second], now)).toEqual([
        { suppression: first, added: true },
        { suppression: first, added: false },
      ]);
      expect(await suppressions.add([second], now)).toEqual([{ suppression: first, added: false }]);
    });

    it('forget what has expired, to the millisecond', async () => {
      const expiring = suppressionOf('ada@one.example', { expiresAt: now + 100 });
      const [ada] = [mailboxOf('ada@one.example')];
      await suppressions.add([expiring], now);
      expect((await suppressions.among(project, [ada], now + 99)).size).toBe(1);
      for (const at of [now + 100, now + 101]) {
        expect((await suppressions.among(project, [ada], at)).size).toBe(0);
        expect(await suppressions.find(project, expiring.canonical, at)).toBeNull();
        expect(await suppressions.list(project, 10, null, at)).toEqual([]);
        expect(await suppressions.remove(project, expiring.canonical, at)).toBe(false);
      }
      const anew = suppressionOf('ada@one.example', { reason: 'manual' });
      expect(await suppressions.add([anew], now + 100)).toEqual([{ suppression: anew, added: true }]);
    });

    it('are removed once', async () => {
      await suppressions.add([suppressionOf('ada@one.example')], now);
      expect(await suppressions.remove(project, 'ada@one.example', now)).toBe(true);
      expect(await suppressions.remove(project, 'ada@one.example', now)).toBe(false);
      expect((await suppressions.among(project, [mailboxOf('ada@one.example')], now)).size).toBe(0);
    });

    it('are one project\u2019s own (X04)', async () => {
      const theirs = suppressionOf('ada@one.example', { projectId: other });
      await suppressions.add([theirs], now);
      expect((await suppressions.among(project, [mailboxOf('ada@one.example')], now)).size).toBe(0);
      expect(await suppressions.find(project, theirs.canonical, now)).toBeNull();
      expect(await suppressions.list(project, 10, null, now)).toEqual([]);
      expect(await suppressions.remove(project, theirs.canonical, now)).toBe(false);
      expect(await suppressions.add([suppressionOf('ada@one.example')], now)).toMatchObject([{ added: true }]);
      expect(await suppressions.find(other, theirs.canonical, now)).toEqual(theirs);
    });

    it('are listed page by page, each once, in the order of their canonical addresses', async () => {
      const added = Array.from({ length: 25 }, (_, index) => suppressionOf(`R${(index * 7) % 25}@one.example`));
      await suppressions.add(added, now);
      const pages: string[][] = [];
      for (let after: string | null = null; ;) {
        const page: readonly Suppression[] = await suppressions.list(project, 10, after, now);
        if (page.length === 0) break;
        pages.push(page.map(({ canonical }) => canonical));
        after = page.at(-1)?.canonical ?? null;
      }
      expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
      expect(pages.flat()).toEqual(added.map(({ canonical }) => canonical).toSorted());
    });

    it('are purged when they have expired, and no others', async ({ skip }) => {
      if (!under.purges) return skip('Retention ends elsewhere.');
      const expired = Array.from({ length: 2_100 }, (_, index) =>
        suppressionOf(`r${index}@one.example`, { expiresAt: now }),
      );
      await suppressions.add(
        [...expired, suppressionOf('later@one.example', { expiresAt: now + 1 }), suppressionOf('never@one.example')],
        now - 1,
      );
      expect(await suppressions.purge(now)).toBe(2_100);
      expect(await suppressions.purge(now)).toBe(0);
      expect((await suppressions.list(project, 10, null, now - 1)).map(({ address }) => address)).toEqual([
        'later@one.example',
        'never@one.example',
      ]);
    });

    it('answer any sequence of calls as a model in memory does', async () => {
      const address = fc.constantFrom('a@one.example', 'A+t@one.example', 'b@one.example', 'c@b\u00fccher.example');
      const call = fc.record({
        kind: fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'purge' as const),
        address,
        lifetimeMs: fc.option(fc.integer({ min: 1, max: 5 })),
        pauseMs: fc.nat(3),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 20 }), async (calls) => {
          const fresh = await make();
          const model = new Map<string, Suppression>();
          let at = now;
          for (const { kind, address: asked, lifetimeMs, pauseMs } of calls) {
            at += pauseMs;
            const canonical = canonicalAddress(mailboxOf(asked));
            const standing = standingIn(model, canonical, at);
            if (kind === 'add') {
              const wanted = suppressionOf(asked, { createdAt: at, expiresAt: lifetimeMs && at + lifetimeMs });
              if (standing === null) model.set(canonical, wanted);
              const expected = { suppression: standing ?? wanted, added: standing === null };
              expect(await fresh.suppressions.add([wanted], at)).toEqual([expected]);
            } else if (kind === 'remove') {
              expect(await fresh.suppressions.remove(project, canonical, at)).toBe(standing !== null);
              if (standing !== null) model.delete(canonical);
            } else {
              await fresh.suppressions.purge(at);
            }
            const found = await fresh.suppressions.among(project, [mailboxOf(asked)], at);
            expect(found.size).toBe(standingIn(model, canonical, at) === null ? 0 : 1);
          }
          await fresh.dispose();
        }),
        { numRuns: 15 },
      );
    });
  });
}

/** A suppression of an address, by default for a bounce and for ever. */
export function suppressionOf(address: string, changes: Partial<Suppression> = {}): Suppression {
  return {
    projectId: project,
    address,
    canonical: canonicalAddress(mailboxOf(address)),
    reason: 'bounce',
    note: null,
    createdAt: now,
    expiresAt: null,
    ...changes,
  };
}

function standingIn(model: ReadonlyMap<string, Suppression>, canonical: string, at: number): Suppression | null {
  const entry = model.get(canonical);
  return entry === undefined || (entry.expiresAt !== null && entry.expiresAt <= at) ? null : entry;
}
