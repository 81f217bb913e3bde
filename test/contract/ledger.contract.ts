import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Delivery } from '../../functions/core/email.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { ProjectId } from '../../functions/core/ids.ts';
import type { Admissions } from '../../functions/core/ports/admissions.ts';
import type { Ledger } from '../../functions/core/ports/ledger.ts';
import { admissionOf, mailboxOf, now, project } from './samples.ts';

export type LedgerUnderTest = {
  readonly ledger: Ledger;
  readonly admissions: Admissions;
  readonly dispose: () => Promise<void>;
};

const lease = now + 600_000;

/** What every ledger promises, whatever it stands on. */
export function describeLedger(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`the ledger on ${name}`, () => {
    let under: LedgerUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function admitted(...sample: Parameters<typeof admissionOf>) {
      const admission = admissionOf(...sample);
      await under.admissions.admit([admission], [], now);
      return admission;
    }

    async function onlyDelivery(delivery: Partial<Delivery> = {}) {
      const { deliveries } = await admitted(['one.example'], { delivery });
      return deliveries[0] as Delivery;
    }

    async function stored(delivery: Delivery) {
      const found = await under.ledger.find(delivery.projectId, delivery.emailId);
      return found?.deliveries.find(({ id }) => id === delivery.id);
    }

    it('answers with every field as it was written, deliveries in order', async () => {
      const domains = Array.from({ length: 12 }, (_, index) => `d${index}.example`);
      const { email, deliveries } = await admitted(domains);
      expect(await under.ledger.find(project, email.id)).toEqual({ email, deliveries });
    });

    it('keeps whom to tell, what the email is about and that it has no reverse path, through every write', async () => {
      const notify = ['failure', 'delay'] as const;
      const to = mailboxOf('ops@one.example');
      const dsn = { to, notify, ret: 'full', envid: 'order 4711' } as const;
      const about = admissionOf().email.id;
      const changes = { email: { dsn, about, sender: null }, delivery: { notify } };
      const { email, deliveries } = await admitted(['one.example', 'two.example'], changes);
      expect(await under.ledger.find(project, email.id)).toEqual({ email, deliveries });
      for (const { id } of deliveries) {
        const claim = await under.ledger.claim({ id, projectId: project }, now, lease);
        expect(claim).toMatchObject({ kind: 'claimed', email: { dsn }, delivery: { notify } });
        if (claim.kind !== 'claimed') continue;
        const ended = endDelivery(claim.delivery, 'expired', now + 1);
        expect(await under.ledger.commit(ended)).toBe('committed');
        expect(await stored(ended)).toEqual(ended);
      }
    });

    it("does not answer with another project's email, nor with one that is not there", async () => {
      const { email } = await admitted();
      expect(await under.ledger.find('prj_other' as ProjectId, email.id)).toBeNull();
      expect(await under.ledger.find(project, admissionOf().email.id)).toBeNull();
    });

    it('tells whose an email may be to whoever has its id alone', async () => {
      const { email } = await admitted();
      expect(await under.ledger.projectsOf(email.id)).toContain(project);
      const long = 100 * 86_400_000;
      const unknown = admissionOf(['one.example'], { email: { createdAt: now - long } });
      expect(await under.ledger.projectsOf(unknown.email.id)).toEqual([]);
    });

    it('keeps a complaint beside the status', async () => {
      const delivery = await onlyDelivery();
      const recipients = delivery.recipients.map((one) => ({ ...one, complainedAt: now + 5 }));
      const next = { ...delivery, version: 2, recipients };
      expect(await under.ledger.commit(next)).toBe('committed');
      expect(await stored(delivery)).toEqual(next);
    });

    it('hands a delivery to exactly one of ten who claim it at once', async () => {
      const delivery = await onlyDelivery();
      const claims = await Promise.all(Array.from({ length: 10 }, () => under.ledger.claim(delivery, now, lease)));
      const won = claims.filter((claim) => claim.kind === 'claimed');
      expect(won).toHaveLength(1);
      expect(won[0]?.delivery).toEqual({
        ...delivery,
        state: 'sending',
        version: 2,
        attempt: 1,
        claimedAt: now,
        dueAt: lease,
      });
      expect(await stored(delivery)).toEqual(won[0]?.delivery);
      expect(claims.filter((claim) => claim.kind === 'lost' && claim.why === 'held')).toHaveLength(9);
    });

    it('answers a claim with the email', async () => {
      const { email, deliveries } = await admitted();
      const claim = await under.ledger.claim(deliveries[0] as Delivery, now, lease);
      expect(claim).toMatchObject({ kind: 'claimed', email });
    });

    it('says why a claim is lost', async () => {
      const ended = await onlyDelivery({ state: 'ended', dueAt: null });
      const waiting = await onlyDelivery({ state: 'deferred', dueAt: now + 1 });
      const lost = (why: string) => ({ kind: 'lost', why });
      expect(await under.ledger.claim(ended, now, lease)).toEqual(lost('ended'));
      expect(await under.ledger.claim(waiting, now, lease)).toEqual(lost('not_due'));
      expect(await under.ledger.claim({ ...waiting, id: deliveryIdOf(waiting.emailId, 7) }, now, lease)).toEqual(
        lost('missing'),
      );
      expect(await stored(waiting)).toEqual(waiting);
      expect(await under.ledger.claim(waiting, now + 1, lease)).toMatchObject({ kind: 'claimed' });
    });

    it('knows no delivery under the name of another project', async () => {
      const delivery = { dueAt: now + 3_600_000 };
      const { deliveries } = await admitted(['one.example', 'two.example'], { delivery });
      for (const { id } of deliveries) {
        const elsewhere = { id, projectId: 'prj_other' as ProjectId };
        expect(await under.ledger.claim(elsewhere, now, lease)).toEqual({ kind: 'lost', why: 'missing' });
      }
      for (const one of deliveries) expect(await stored(one)).toEqual(one);
    });

    it('lets anybody look at a delivery, and takes nothing by it', async () => {
      const { email, deliveries } = await admitted(['one.example', 'two.example']);
      for (const delivery of deliveries) {
        expect(await under.ledger.look(delivery)).toEqual({ kind: 'found', email, delivery });
        const claim = await under.ledger.claim(delivery, now, lease);
        const taken = claim.kind === 'claimed' && claim.delivery;
        expect(await under.ledger.look(delivery)).toEqual({ kind: 'found', email, delivery: taken });
        const elsewhere = { ...delivery, projectId: 'prj_other' as ProjectId };
        expect(await under.ledger.look(elsewhere)).toEqual({ kind: 'missing' });
      }
      const { projectId } = email;
      expect(await under.ledger.look({ id: deliveryIdOf(email.id, 7), projectId })).toEqual({ kind: 'missing' });
      const unknown = deliveryIdOf(admissionOf().email.id, 1);
      expect(await under.ledger.look({ id: unknown, projectId })).toEqual({ kind: 'missing' });
    });

    it('says that the owner is gone once the lease has run out, and leaves the attempt to be recorded', async () => {
      const delivery = await onlyDelivery();
      await under.ledger.claim(delivery, now, lease);
      expect(await under.ledger.claim(delivery, lease, lease * 2)).toEqual({ kind: 'lost', why: 'held' });
      const held = await stored(delivery);
      expect(held).toMatchObject({ state: 'sending', attempt: 1, dueAt: lease });
      const claim = await under.ledger.claim(delivery, lease + 1, lease * 2);
      expect(claim).toMatchObject({ kind: 'abandoned', email: { id: delivery.emailId }, delivery: held });
      expect(await stored(delivery)).toEqual(held);
    });

    it('fences out whoever has read an older version', async () => {
      const delivery = await onlyDelivery();
      const stale = endDelivery(delivery, 'canceled', now);
      await under.ledger.claim(delivery, now, lease);
      const before = await stored(delivery);
      expect(await under.ledger.commit(stale)).toBe('fenced');
      expect(await stored(delivery)).toEqual(before);
    });

    it('takes one of two commits of the same version', async () => {
      const delivery = await onlyDelivery();
      const answers = await Promise.all([
        under.ledger.commit(endDelivery(delivery, 'canceled', now)),
        under.ledger.commit(endDelivery(delivery, 'expired', now)),
      ]);
      expect(answers.toSorted()).toEqual(['committed', 'fenced']);
    });

    it('fences out a commit of a delivery that is not there', async () => {
      const [delivery] = admissionOf().deliveries;
      expect(await under.ledger.commit(endDelivery(delivery as Delivery, 'canceled', now))).toBe('fenced');
    });

    it('finds what is due, the oldest first, up to the limit, each with its email', async () => {
      const dueAt = [now + 3, now + 1, now + 4, now + 2, now, null];
      const samples = await Promise.all(
        dueAt.map((at) =>
          admitted(['one.example'], { delivery: { dueAt: at, state: at === null ? 'ended' : 'deferred' } }),
        ),
      );
      const expected = [4, 1, 3].map((index) => ({
        email: samples[index]?.email,
        delivery: samples[index]?.deliveries[0],
      }));
      expect(await under.ledger.due(now + 2, 10)).toEqual(expected);
      expect(await under.ledger.due(now + 2, 2)).toEqual(expected.slice(0, 2));
      expect(await under.ledger.due(now - 1, 10)).toEqual([]);
    });

    it('no longer finds a delivery due once it has ended, and finds it at its new time once it has moved', async () => {
      const delivery = await onlyDelivery({ dueAt: now });
      const deferred: Delivery = { ...delivery, version: 2, state: 'deferred', dueAt: now + 5 };
      await under.ledger.commit(deferred);
      expect(await under.ledger.due(now + 4, 10)).toEqual([]);
      expect((await under.ledger.due(now + 5, 10)).map((due) => due.delivery)).toEqual([deferred]);
      await under.ledger.commit(endDelivery(deferred, 'expired', now));
      expect(await under.ledger.due(now + 999_999, 10)).toEqual([]);
    });
  });
}
