import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import { createSqliteQueue } from '../../functions/adapters/queue-sqlite.ts';
import { claimed } from '../../functions/core/claim.ts';
import type { Delivery } from '../../functions/core/email.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import { admissionOf, now, project } from '../contract/samples.ts';
import { opened, temporaryDirectory } from './temporary-store.ts';

const visibilityMs = 100;
const leaseMs = 50;
const slots = 4;

const anySlot = fc.nat(slots);
const admit = fc.record({ kind: fc.constant('admit' as const), wait: fc.nat(60), queued: fc.boolean() });
const pass = fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, visibilityMs / 2, visibilityMs) });
const restart = fc.record({ kind: fc.constant('restart' as const) });

const ledgerStep = fc.oneof(
  { arbitrary: admit, weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('claim' as const), slot: anySlot }), weight: 4 },
  {
    arbitrary: fc.record({ kind: fc.constant('defer' as const), slot: anySlot, wait: fc.nat(60), stale: fc.boolean() }),
    weight: 4,
  },
  { arbitrary: fc.record({ kind: fc.constant('end' as const), slot: anySlot }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('due' as const), limit: fc.integer({ min: 1, max: 5 }) }), weight: 4 },
  { arbitrary: pass, weight: 4 },
  { arbitrary: restart, weight: 1 },
);

const queueStep = fc.oneof(
  { arbitrary: admit, weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant('receive' as const), limit: fc.constantFrom(1, 1, 3) }), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constant('remove' as const), slot: anySlot }), weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant('set_aside' as const), slot: anySlot }), weight: 2 },
  { arbitrary: pass, weight: 6 },
  { arbitrary: restart, weight: 1 },
);

type ValueOf<Kind> = Kind extends fc.Arbitrary<infer Value> ? Value : never;
type Step = ValueOf<typeof ledgerStep> | ValueOf<typeof queueStep>;

/** A job of the model: where it stands, and when it comes back if it is in somebody's hands. */
type ModelJob = { readonly id: string; receipt: string | null; visibleAt: number };

/** What the store answered, and what the model did. */
type Answers = { readonly actual: unknown; readonly expected: unknown };

const none: Answers = { actual: null, expected: null };

/** Store and model side by side; every step is done to both. */
class Run {
  readonly deliveries: Delivery[] = [];
  readonly receipts: string[] = [];
  jobs: ModelJob[] = [];
  time = now;
  readonly temporary = temporaryDirectory();
  store = opened(this.temporary.directory);
  queue = this.newQueue();

  get ledger() {
    return createSqliteLedger(this.store);
  }

  newQueue() {
    const clock: Clock = { now: () => this.time, sleep: async () => {} };
    return createSqliteQueue(this.store, clock, visibilityMs);
  }

  dispose(): void {
    this.store.close();
    this.temporary.dispose();
  }

  async take(action: Step): Promise<Answers> {
    switch (action.kind) {
      case 'admit':
        return await this.admit(action.wait, action.queued);
      case 'claim':
        return await this.claim(action.slot);
      case 'defer':
        return await this.commit(action.slot, (delivery) => ({
          ...delivery,
          version: delivery.version + (action.stale ? 0 : 1),
          state: 'deferred',
          dueAt: this.time + action.wait,
        }));
      case 'end':
        return await this.commit(action.slot, (delivery) => endDelivery(delivery, 'canceled', this.time));
      case 'due':
        return await this.due(action.limit);
      case 'receive':
        return await this.receive(action.limit);
      case 'remove':
      case 'set_aside':
        return await this.settle(action.slot, action.kind);
      case 'pass':
        this.time += action.ms;
        return none;
      case 'restart':
        return this.restart();
    }
  }

  async admit(wait: number, queued: boolean): Promise<Answers> {
    const state = queued ? 'queued' : 'scheduled';
    const admission = admissionOf(['one.example'], { delivery: { state, dueAt: this.time + wait } });
    this.deliveries.push(...admission.deliveries);
    if (queued) this.jobs.push(...admission.deliveries.map(({ id }) => ({ id, receipt: null, visibleAt: 0 })));
    const actual = await createSqliteAdmissions(this.store).admit([admission], [], this.time);
    return { actual, expected: { kind: 'admitted' } };
  }

  async claim(slot: number): Promise<Answers> {
    const delivery = this.deliveries[slot];
    if (delivery === undefined) return none;
    const expected = claimed(delivery, this.time, this.time + leaseMs);
    if (expected.kind === 'claimed') this.deliveries[slot] = expected.delivery;
    const actual = await this.ledger.claim(delivery, this.time, this.time + leaseMs);
    switch (actual.kind) {
      case 'claimed':
        return { actual: { kind: actual.kind, delivery: actual.delivery }, expected };
      case 'abandoned':
        return { actual: { kind: actual.kind }, expected };
      case 'lost':
        return { actual, expected };
    }
  }

  async commit(slot: number, change: (delivery: Delivery) => Delivery): Promise<Answers> {
    const delivery = this.deliveries[slot];
    if (delivery === undefined) return none;
    const next = change(delivery);
    const fits = next.version === delivery.version + 1;
    if (fits) this.deliveries[slot] = next;
    return { actual: await this.ledger.commit(next), expected: fits ? 'committed' : 'fenced' };
  }

  async due(limit: number): Promise<Answers> {
    const expected = this.deliveries
      .filter(({ dueAt }) => dueAt !== null && dueAt <= this.time)
      .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    return { actual: (await this.ledger.due(this.time, limit)).map(({ delivery }) => delivery), expected };
  }

  // Any of the free jobs may come, each once, under a receipt never seen before.
  async receive(limit: number): Promise<Answers> {
    const free = this.jobs.filter((job) => job.receipt === null || job.visibleAt <= this.time);
    const received = await this.queue.receive(limit, 0);
    const taken = received.flatMap((one) =>
      one.kind === 'job' ? free.filter(({ id }) => id === one.job.deliveryId) : [],
    );
    const fresh = received.filter(({ receipt }) => !this.receipts.includes(receipt));
    taken.forEach((job, index) =>
      Object.assign(job, { receipt: received[index]?.receipt, visibleAt: this.time + visibilityMs }),
    );
    this.receipts.push(...received.map(({ receipt }) => receipt));
    const count = Math.min(limit, free.length);
    return {
      actual: [received.length, new Set(taken).size, fresh.length],
      expected: [count, count, count],
    };
  }

  async settle(slot: number, how: 'remove' | 'set_aside'): Promise<Answers> {
    const receipt = this.receipts.at(-1 - slot);
    if (receipt === undefined) return none;
    await (how === 'remove' ? this.queue.remove([receipt]) : this.queue.setAside(receipt, 'why'));
    this.jobs = this.jobs.filter((job) => job.receipt !== receipt || job.visibleAt <= this.time);
    const rows = this.store.statement('SELECT count(*) AS n FROM job').get();
    return { actual: rows?.['n'], expected: this.jobs.length };
  }

  // A process that ends holds nothing any more: all that is on the queue is free again.
  restart(): Answers {
    this.store.close();
    this.store = opened(this.temporary.directory);
    this.queue = this.newQueue();
    for (const job of this.jobs) job.receipt = null;
    this.receipts.length = 0;
    return none;
  }

  async standing(): Promise<Answers> {
    const found = await Promise.all(this.deliveries.map(({ emailId }) => this.ledger.find(project, emailId)));
    return { actual: found.flatMap((one) => one?.deliveries ?? []), expected: this.deliveries };
  }
}

describe('ledger and queue on SQLite', () => {
  let run: Run | null = null;
  afterEach(() => run?.dispose());

  it.each([
    ['the ledger', ledgerStep],
    ['the queue', queueStep],
  ])('answer any sequence of calls and restarts as a model in memory does: %s', async (_, step) => {
    await fc.assert(
      fc.asyncProperty(fc.array<Step>(step, { maxLength: 30, size: 'max' }), async (steps) => {
        run?.dispose();
        run = new Run();
        for (const action of steps) {
          const { actual, expected } = await run.take(action);
          expect(actual).toEqual(expected);
        }
        const { actual, expected } = await run.standing();
        expect(actual).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
