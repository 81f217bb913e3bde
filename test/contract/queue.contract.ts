import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Job, Queue, ReceivedJob } from '../../functions/core/ports/queue.ts';
import { admissionOf } from './samples.ts';

export type QueueUnderTest = {
  readonly queue: Queue;
  /** Puts a body on the queue as it stands, behind the adapter's back. */
  readonly putRaw: (body: string) => Promise<void>;
  /** Ends when the visibility timeout of everything received so far has passed. */
  readonly passVisibility: () => Promise<void>;
  readonly dispose: () => Promise<void>;
};

const longMs = 10_000;

/** What every queue promises, whatever it stands on. */
export function describeQueue(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`the queue on ${name}`, () => {
    let under: QueueUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function sent(count: number): Promise<Job[]> {
      const jobs = Array.from({ length: count }, jobOf);
      await under.queue.send(jobs);
      return jobs;
    }

    it('hands out each job once, as it was sent, and never more than asked for', async () => {
      const jobs = await sent(7);
      const batches = await Promise.all([1, 2, 3, 4].map((limit) => under.queue.receive(limit, 0)));
      batches.forEach((batch, index) => expect(batch.length).toBeLessThanOrEqual(index + 1));
      expect(byId(batches.flat().map(jobIn))).toEqual(byId(jobs));
      expect(await under.queue.receive(10, 0)).toEqual([]);
    });

    it('carries content inside the job byte for byte', async () => {
      const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
      const job: Job = { ...jobOf(), content: { kind: 'inline', bytes } };
      await under.queue.send([job]);
      const [received] = await under.queue.receive(1, longMs);
      const { content } = jobIn(received);
      expect(content.kind === 'inline' && Buffer.from(content.bytes).equals(bytes)).toBe(true);
    });

    it('wakes a receiver who waits when a job is sent', async () => {
      const waiting = under.queue.receive(10, longMs);
      const [job] = await sent(1);
      expect((await waiting).map(jobIn)).toEqual([job]);
    });

    it('answers with nothing when the wait is over', async () => {
      expect(await under.queue.receive(10, 20)).toEqual([]);
    });

    it('stops waiting when it is told to, and then takes nothing', async () => {
      const stop = new AbortController();
      const waiting = under.queue.receive(10, longMs, stop.signal);
      stop.abort();
      expect(await waiting).toEqual([]);
      await sent(1);
      expect(await under.queue.receive(10, longMs, stop.signal)).toEqual([]);
      expect(await under.queue.receive(10, longMs)).toHaveLength(1);
    });

    it('never hands out a job that was removed', async () => {
      await sent(3);
      const received = await under.queue.receive(3, longMs);
      await under.queue.remove(received.map(({ receipt }) => receipt));
      await under.passVisibility();
      expect(await under.queue.receive(3, 0)).toEqual([]);
    });

    it('hands out what is sent after everything before was removed', async () => {
      for (let round = 0; round < 3; round++) {
        const jobs = await sent(2);
        const received = [...(await under.queue.receive(1, longMs)), ...(await under.queue.receive(1, longMs))];
        expect(byId(received.map(jobIn))).toEqual(byId(jobs));
        await under.queue.remove(received.map(({ receipt }) => receipt));
      }
    });

    it('hands out a job again when its visibility timeout has passed', async () => {
      const jobs = await sent(2);
      const [first] = await under.queue.receive(1, longMs);
      await under.passVisibility();
      const again = await under.queue.receive(10, longMs);
      expect(byId(again.map(jobIn))).toEqual(byId(jobs));
      expect(again.map(({ receipt }) => receipt)).not.toContain(first?.receipt);
    });

    it('hands out at once what was given back, to a receiver who waits too', async () => {
      await sent(2);
      const first = [...(await under.queue.receive(1, longMs)), ...(await under.queue.receive(1, longMs))];
      await under.queue.hold(first.map(({ receipt }) => receipt));
      expect(await under.queue.receive(10, 0)).toEqual([]);
      await under.queue.giveBack([first[0]?.receipt ?? '']);
      const [second] = await under.queue.receive(10, longMs);
      expect(jobIn(second)).toEqual(jobIn(first[0]));
      // Longer than the test may take: it has to be woken.
      const waiting = under.queue.receive(10, 60_000);
      await under.queue.giveBack([first[1]?.receipt ?? '', 'never issued']);
      expect((await waiting).map(jobIn)).toEqual([jobIn(first[1])]);
    });

    it('ignores a receipt that has run out', async () => {
      await sent(1);
      const [first] = await under.queue.receive(1, longMs);
      await under.passVisibility();
      const [second] = await under.queue.receive(1, longMs);
      await under.queue.remove([first?.receipt ?? '', 'never issued']);
      await under.queue.hold([first?.receipt ?? '', 'never issued']);
      await under.queue.setAside(first?.receipt ?? '', 'too late');
      await under.passVisibility();
      const [third] = await under.queue.receive(1, longMs);
      expect(jobIn(third)).toEqual(jobIn(second));
    });

    it('never hands out a job that was set aside', async () => {
      await sent(1);
      const [received] = await under.queue.receive(1, longMs);
      await under.queue.setAside(received?.receipt ?? '', 'The content is missing.');
      await under.passVisibility();
      expect(await under.queue.receive(1, 0)).toEqual([]);
    });

    it.each([
      ['is not JSON', '{'],
      ['is no object', '"job"'],
      ['is null', 'null'],
      ['has an unknown version', JSON.stringify({ ...bodyOf(jobOf()), version: 2 })],
      ['has no version', JSON.stringify({ ...bodyOf(jobOf()), version: undefined })],
      ['names no delivery', JSON.stringify({ ...bodyOf(jobOf()), deliveryId: 7 })],
      ['names a delivery of no email', JSON.stringify({ ...bodyOf(jobOf()), deliveryId: '' })],
      ['names a delivery of another email', JSON.stringify({ ...bodyOf(jobOf()), deliveryId: jobOf().deliveryId })],
      ['names no email', JSON.stringify({ ...bodyOf(jobOf()), emailId: 'em_1' })],
      ['names no project', JSON.stringify({ ...bodyOf(jobOf()), projectId: undefined })],
    ])('says so when a body %s, beside the good ones (Q10)', async (_, body) => {
      await under.putRaw(body);
      const [job] = await sent(1);
      const received = [...(await under.queue.receive(1, longMs)), ...(await under.queue.receive(1, longMs))];
      const malformed = received.find((one) => one.kind === 'malformed');
      expect(malformed?.why).toMatch(/^[A-Z].*\.$/);
      expect(received.flatMap((one) => (one.kind === 'job' ? [one.job] : []))).toEqual([job]);
      await under.queue.setAside(malformed?.receipt ?? '', malformed?.why ?? '');
      await under.passVisibility();
      expect((await under.queue.receive(10, longMs)).map(jobIn)).toEqual([job]);
    });
  });
}

function jobOf(): Job {
  const { email, deliveries } = admissionOf();
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error('The sample has a delivery.');
  const { id: emailId, projectId } = email;
  return { version: 1, deliveryId: delivery.id, emailId, projectId, content: { kind: 'stored' } };
}

function bodyOf({ version, deliveryId, emailId, projectId }: Job): object {
  return { version, deliveryId, emailId, projectId };
}

function jobIn(received: ReceivedJob | undefined): Job {
  if (received?.kind !== 'job') throw new Error(received?.why ?? 'Nothing was received.');
  return received.job;
}

function byId(jobs: readonly Job[]): Job[] {
  return jobs.toSorted((a, b) => a.deliveryId.localeCompare(b.deliveryId));
}
