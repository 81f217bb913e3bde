import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Delivery } from '../../functions/core/email.ts';
import type { EmailFilter } from '../../functions/core/email-filter.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import type { EmailId, ProjectId } from '../../functions/core/ids.ts';
import type { Admission } from '../../functions/core/ports/admissions.ts';
import { admissionOf, mailboxOf, now, project, recipientOf } from './samples.ts';
import type { LedgerUnderTest } from './ledger.contract.ts';

const any: EmailFilter = { statuses: null, to: null, tag: null };
const newestFirst = { order: 'newest_first', filter: any } as const;

/** How a ledger lists and reschedules, whatever it stands on. */
export function describeLedgerListing(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`the ledger's listing on ${name}`, () => {
    let under: LedgerUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function admitted(count: number, changes: Parameters<typeof admissionOf>[1] = {}): Promise<Admission[]> {
      const admissions = Array.from({ length: count }, (_, index) =>
        admissionOf(['one.example'], { ...changes, email: { createdAt: now + index, ...changes.email } }),
      );
      await under.admissions.admit(admissions, [], now);
      return admissions;
    }

    const idsOf = (all: readonly { readonly email: { readonly id: EmailId } }[]): EmailId[] =>
      all.map(({ email }) => email.id);

    /** Everything that a filter lets through, page by page. */
    async function walked(filter: EmailFilter, limit = 3, order: 'newest_first' | 'oldest_first' = 'newest_first') {
      const ids: EmailId[] = [];
      for (let from: EmailId | null = null; ;) {
        const page = await under.ledger.list(project, { limit, from, order, filter });
        expect(page.emails.length).toBeLessThanOrEqual(limit);
        ids.push(...idsOf(page.emails));
        if (page.stoppedAt === null) return ids;
        from = page.stoppedAt;
      }
    }

    it('shows the newest first, each with its deliveries as they stand', async () => {
      const [first, second] = await admitted(2);
      const delivery = second?.deliveries[0] as Delivery;
      const canceled = endDelivery(delivery, 'canceled', now);
      await under.ledger.commit(canceled);
      expect(await under.ledger.list(project, { ...newestFirst, limit: 10, from: null })).toEqual({
        emails: [
          { email: second?.email, deliveries: [canceled] },
          { email: first?.email, deliveries: first?.deliveries },
        ],
        stoppedAt: null,
      });
    });

    it('goes on where it stopped, in either direction, and says when there is no more', async () => {
      const ids = idsOf(await admitted(6));
      const older = await under.ledger.list(project, { ...newestFirst, limit: 2, from: ids[4] as EmailId });
      expect([idsOf(older.emails), older.stoppedAt]).toEqual([[ids[3], ids[2]], ids[2]]);
      const last = await under.ledger.list(project, { ...newestFirst, limit: 2, from: ids[2] as EmailId });
      expect([idsOf(last.emails), last.stoppedAt]).toEqual([[ids[1], ids[0]], null]);
      const newer = await under.ledger.list(project, {
        limit: 2,
        from: ids[1] as EmailId,
        order: 'oldest_first',
        filter: any,
      });
      expect([idsOf(newer.emails), newer.stoppedAt]).toEqual([[ids[2], ids[3]], ids[3]]);
    });

    it("never shows another project's emails", async () => {
      await admitted(3, {
        email: { projectId: 'prj_other' as ProjectId },
        delivery: { projectId: 'prj_other' as ProjectId },
      });
      const mine = await admitted(2);
      expect((await walked(any)).toSorted()).toEqual(idsOf(mine).toSorted());
    });

    it('filters by tag, status and recipient, and by all of them together', async () => {
      const tagged = await admitted(2, { email: { tags: ['a', 'b'] } });
      const ended = await admitted(2, {
        delivery: { state: 'ended', dueAt: null, recipients: [{ ...recipientOf('x@two.example'), status: 'bounced' }] },
      });
      const both = await admitted(1, {
        email: { tags: ['a'] },
        delivery: { domain: 'two.example', state: 'deferred', recipients: [recipientOf('Zoë@two.example')] },
      });
      const ids = (...groups: readonly Admission[][]): EmailId[] => groups.flatMap(idsOf).toSorted();
      const asked = async (filter: Partial<EmailFilter>) => (await walked({ ...any, ...filter })).toSorted();
      expect(await asked({ tag: 'a' })).toEqual(ids(tagged, both));
      expect(await asked({ tag: 'A' })).toEqual([]);
      expect(await asked({ statuses: ['bounced'] })).toEqual(ids(ended));
      expect(await asked({ statuses: ['bounced', 'deferred'] })).toEqual(ids(ended, both));
      expect(await asked({ to: mailboxOf('zoË@two.example') })).toEqual(ids(both));
      expect(await asked({ to: mailboxOf('zoë+tag@two.example') })).toEqual([]);
      expect(await asked({ tag: 'a', statuses: ['queued'], to: mailboxOf('bob@one.example') })).toEqual(ids(tagged));
      expect(await asked({ tag: 'b', statuses: ['deferred'] })).toEqual([]);
    });

    it('walks past everything once, whatever the page size, the filter and the direction', async () => {
      const all = await admitted(0);
      for (let index = 0; index < 25; index++) {
        const projectId = (index % 4 === 0 ? 'prj_other' : project) as ProjectId;
        const sample = admissionOf(['one.example'], {
          email: { createdAt: now + index, projectId, tags: index % 3 === 0 ? ['a'] : [] },
        });
        await under.admissions.admit([sample], [], now);
        if (projectId === project) all.push(sample);
      }
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 9 }),
          fc.constantFrom(null, 'a'),
          fc.constantFrom('newest_first', 'oldest_first'),
          async (limit, tag, order) => {
            const expected = idsOf(all.filter(({ email }) => tag === null || email.tags.includes(tag)));
            const ids = await walked({ ...any, tag }, limit, order);
            expect(ids).toEqual(order === 'newest_first' ? expected.toReversed() : expected);
          },
        ),
        { numRuns: 20 },
      );
    });
  });

  describe(`rescheduling on ${name}`, () => {
    let under: LedgerUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function scheduled(domains = ['one.example', 'two.example']): Promise<Admission> {
      const admission = admissionOf(domains, {
        email: { scheduledAt: now + 1_000 },
        delivery: { state: 'scheduled', dueAt: now + 1_000 },
      });
      await under.admissions.admit([admission], [], now);
      return admission;
    }

    function moved({ email, deliveries }: Admission, at: number) {
      return {
        email: { ...email, scheduledAt: at, expiresAt: at + 5 },
        deliveries: deliveries.map((delivery) => ({ ...delivery, version: delivery.version + 1, dueAt: at })),
      };
    }

    it('replaces the email and its deliveries, which are due then', async () => {
      const admission = await scheduled();
      const next = moved(admission, now + 9_000);
      expect(await under.ledger.reschedule(next.email, next.deliveries)).toBe('committed');
      expect(await under.ledger.find(project, admission.email.id)).toEqual(next);
      expect(await under.ledger.due(now + 8_999, 10)).toEqual([]);
      expect(await under.ledger.due(now + 9_000, 10)).toHaveLength(2);
    });

    it('changes nothing when a single delivery has moved on', async () => {
      const admission = await scheduled();
      const [, second] = admission.deliveries;
      await under.ledger.commit(endDelivery(second as Delivery, 'canceled', now));
      const before = await under.ledger.find(project, admission.email.id);
      const next = moved(admission, now + 9_000);
      expect(await under.ledger.reschedule(next.email, next.deliveries)).toBe('fenced');
      expect(await under.ledger.find(project, admission.email.id)).toEqual(before);
    });

    it('is fenced for an email that is not there', async () => {
      const next = moved(admissionOf(), now);
      expect(await under.ledger.reschedule(next.email, next.deliveries)).toBe('fenced');
    });

    it('comes wholly before or wholly after whoever cancels or claims at the same moment', async () => {
      for (const rivalFirst of [true, false]) {
        const admission = await scheduled();
        const [first] = admission.deliveries;
        const next = moved(admission, now + 9_000);
        const cancel = (): Promise<string> => under.ledger.commit(endDelivery(first as Delivery, 'canceled', now));
        const reschedule = (): Promise<string> => under.ledger.reschedule(next.email, next.deliveries);
        const answers = await Promise.all(rivalFirst ? [cancel(), reschedule()] : [reschedule(), cancel()]);
        expect(answers.toSorted()).toEqual(['committed', 'fenced']);
        // Who asked first need not be the first to be served.
        const isCanceled = (answers[0] === 'committed') === rivalFirst;
        const found = await under.ledger.find(project, admission.email.id);
        expect(found?.email.scheduledAt).toBe(isCanceled ? now + 1_000 : now + 9_000);
        expect(found?.deliveries.map(({ dueAt }) => dueAt)).toEqual(
          isCanceled ? [null, now + 1_000] : [now + 9_000, now + 9_000],
        );
        const claim = await under.ledger.claim(first as Delivery, now + 1_000, now + 60_000);
        expect(claim).toEqual({ kind: 'lost', why: isCanceled ? 'ended' : 'not_due' });
      }
    });
  });
}
