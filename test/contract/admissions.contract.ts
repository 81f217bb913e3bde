import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { DeliveryId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Admission, Admissions, IdempotentRequest } from '../../functions/core/ports/admissions.ts';
import type { ContentStore } from '../../functions/core/ports/content.ts';
import type { Idempotency } from '../../functions/core/ports/idempotency.ts';
import type { Ledger } from '../../functions/core/ports/ledger.ts';
import type { Job, Queue } from '../../functions/core/ports/queue.ts';
import { admissionOf, now, project } from './samples.ts';

export type AdmissionsUnderTest = {
  readonly admissions: Admissions;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly contents: ContentStore;
  readonly idempotency: Idempotency;
  /** Whether kept answers are purged by the adapter, and not by what it stands on. */
  readonly purges: boolean;
  readonly dispose: () => Promise<void>;
};

const request: IdempotentRequest = { projectId: project, route: 'POST /v1/emails', key: 'k-1', fingerprint: 'f-1' };
const answer = { request, status: 202, body: '{"id":"em_1"}', warning: 'unverified' };
const kept = { fingerprint: 'f-1', status: 202, body: '{"id":"em_1"}', warning: 'unverified' };

/** What admission promises, and the kept answers that are part of it, whatever they stand on. */
export function describeAdmissions(name: string, make: () => Promise<AdmissionsUnderTest>): void {
  describe(`admission on ${name}`, () => {
    let under: AdmissionsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function isThere({ email }: Admission): Promise<boolean> {
      return (await under.ledger.find(project, email.id)) !== null;
    }

    async function sizeOfContent({ content, emailId }: Job): Promise<number | undefined> {
      return content.kind === 'inline' ? content.bytes.length : (await under.contents.open(emailId))?.sizeBytes;
    }

    // A job whose delivery cannot be claimed is one that nothing will be sent for.
    async function claimable(): Promise<DeliveryId[]> {
      const jobs = (await under.queue.receive(10, 0)).flatMap((one) => (one.kind === 'job' ? [one.job] : []));
      const claims = await Promise.all(
        jobs.map(({ deliveryId: id, projectId }) => under.ledger.claim({ id, projectId }, now, now + 600_000)),
      );
      return claims.flatMap((claim) => (claim.kind === 'claimed' ? [claim.delivery.id] : []));
    }

    it('makes rows, content and a job for each queued delivery', async () => {
      const admissions = [admissionOf(['one.example', 'two.example']), admissionOf(['three.example'])];
      expect(await under.admissions.admit(admissions, [], now)).toEqual({ kind: 'admitted' });
      for (const { email, deliveries } of admissions) {
        expect(await under.ledger.find(project, email.id)).toEqual({ email, deliveries });
      }
      const jobs = (await under.queue.receive(10, 5_000)).flatMap((one) => (one.kind === 'job' ? [one.job] : []));
      const ids = admissions.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
      expect(jobs.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(ids.toSorted());
      for (const job of jobs) {
        const admission = admissions.find(({ email }) => email.id === job.emailId);
        expect(await sizeOfContent(job)).toBe(admission?.content.length);
      }
    });

    it('keeps content where its jobs find it, however large it is and however many they are', async () => {
      const content = randomBytes(700_000);
      const large = admissionOf(['one.example', 'two.example'], { content });
      await under.admissions.admit([large], [], now);
      for (const received of await under.queue.receive(10, 5_000)) {
        expect(received.kind === 'job' && (await sizeOfContent(received.job))).toBe(content.length);
      }
    });

    it('makes no job for what is scheduled', async () => {
      const admission = admissionOf(['one.example'], { delivery: { state: 'scheduled', dueAt: now + 1 } });
      await under.admissions.admit([admission], [], now);
      expect(await isThere(admission)).toBe(true);
      expect((await under.contents.open(admission.email.id))?.sizeBytes).toBe(admission.content.length);
      expect(await under.queue.receive(10, 0)).toEqual([]);
    });

    it('wakes a receiver who waits', async () => {
      const waiting = under.queue.receive(10, 10_000);
      await under.admissions.admit([admissionOf()], [], now);
      expect(await waiting).toHaveLength(1);
    });

    it('takes all of a request or nothing of it', async () => {
      const first = admissionOf();
      await under.admissions.admit([first], [], now);
      for (const { receipt } of await under.queue.receive(10, 5_000)) await under.queue.remove([receipt]);
      const fresh = admissionOf();
      expect(await under.admissions.admit([fresh, first], [answer], now).catch(() => 'rejected')).toBe('rejected');
      expect(await isThere(fresh)).toBe(false);
      expect(await claimable()).toEqual([]);
      expect(await isThere(first)).toBe(true);
      expect(await under.idempotency.begin(request, now)).toEqual({ kind: 'fresh' });
    });

    it('keeps the answer with the email and writes nothing when it comes again (X11)', async () => {
      const [first, second] = [admissionOf(), admissionOf()];
      expect(await under.admissions.admit([first], [answer], now)).toEqual({ kind: 'admitted' });
      expect(await under.idempotency.begin(request, now + 1)).toEqual({ kind: 'kept', kept });
      const other = { ...answer, request: { ...request, fingerprint: 'f-2' }, body: '{"id":"em_2"}' };
      expect(await under.admissions.admit([second], [other], now + 1)).toEqual({
        kind: 'taken',
        request: other.request,
        kept,
      });
      expect(await isThere(second)).toBe(false);
    });

    it('keeps one answer for each of several keys, with all emails, as one', async () => {
      const admissions = [admissionOf(), admissionOf()];
      const answers = ['k-1', 'k-2', 'k-3'].map((key) => ({ ...answer, request: { ...request, key }, body: key }));
      expect(await under.admissions.admit(admissions, answers, now)).toEqual({ kind: 'admitted' });
      for (const { request: keyed, body } of answers) {
        expect(await under.idempotency.begin(keyed, now)).toMatchObject({ kind: 'kept', kept: { body } });
      }
    });

    it('writes nothing when one of several keys is taken, and says which (X11)', async () => {
      await under.admissions.admit([admissionOf()], [answer], now);
      const fresh = admissionOf();
      const other = { ...answer, request: { ...request, key: 'k-2' } };
      expect(await under.admissions.admit([fresh], [other, answer], now)).toEqual({ kind: 'taken', request, kept });
      expect(await isThere(fresh)).toBe(false);
      expect(await under.idempotency.begin(other.request, now)).toEqual({ kind: 'fresh' });
    });

    it('keeps an answer without a warning as one', async () => {
      await under.admissions.admit([admissionOf()], [{ ...answer, warning: null }], now);
      const begun = await under.idempotency.begin(request, now + 1);
      expect(begun).toEqual({ kind: 'kept', kept: { ...kept, warning: null } });
    });

    it('keeps an answer that no email belongs to', async () => {
      expect(await under.admissions.admit([], [answer], now)).toEqual({ kind: 'admitted' });
      expect(await under.idempotency.begin(request, now)).toEqual({ kind: 'kept', kept });
    });

    it('admits one of fifty who come with the same key at once (X11)', async () => {
      const admissions = Array.from({ length: 50 }, () => admissionOf());
      const results = await Promise.all(admissions.map((one) => under.admissions.admit([one], [answer], now)));
      expect(results.filter(({ kind }) => kind === 'admitted')).toHaveLength(1);
      const there = await Promise.all(admissions.map(isThere));
      expect(there.filter(Boolean)).toHaveLength(1);
    });

    it('tells keys of other projects and routes apart', async () => {
      await under.admissions.admit([admissionOf()], [answer], now);
      const others = [
        { ...request, projectId: 'prj_other' as typeof project },
        { ...request, route: 'POST /v1/emails/batch' },
        { ...request, key: 'K-1' },
      ];
      for (const other of others) expect(await under.idempotency.begin(other, now)).toEqual({ kind: 'fresh' });
    });

    it('forgets a kept answer after a day, purged or not', async () => {
      await under.admissions.admit([admissionOf()], [answer], now);
      const later = now + limits.idempotencyMs;
      expect(await under.idempotency.begin(request, later - 1)).toEqual({ kind: 'kept', kept });
      expect(await under.idempotency.begin(request, later)).toEqual({ kind: 'fresh' });
      await under.idempotency.release(request);
      const again = { ...answer, body: 'again' };
      expect(await under.admissions.admit([admissionOf()], [again], later)).toEqual({ kind: 'admitted' });
      expect(await under.idempotency.begin(request, later)).toEqual({ kind: 'kept', kept: { ...kept, body: 'again' } });
    });

    it('holds a key for the one who began until it is released', async () => {
      expect(await under.idempotency.begin(request, now)).toEqual({ kind: 'fresh' });
      const second = { ...request, fingerprint: 'f-2' };
      expect(await under.idempotency.begin(second, now)).toEqual({ kind: 'running' });
      await under.idempotency.release(request);
      expect(await under.idempotency.begin(second, now)).toEqual({ kind: 'fresh' });
    });

    it('purges answers kept before a time, and no younger ones', async ({ skip }) => {
      if (!under.purges) return skip('Retention ends elsewhere.');
      const younger = { ...answer, request: { ...request, key: 'k-2' } };
      await under.admissions.admit([admissionOf()], [answer], now - 1);
      await under.admissions.admit([admissionOf()], [younger], now);
      expect(await under.idempotency.purge(now)).toBe(1);
      expect(await under.idempotency.begin(request, now)).toEqual({ kind: 'fresh' });
      expect(await under.idempotency.begin(younger.request, now)).toMatchObject({ kind: 'kept' });
    });
  });
}
