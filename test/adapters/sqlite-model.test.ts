import fc from 'fast-check';
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

const step = fc.oneof(
  fc.record({ kind: fc.constant('admit' as const), wait: fc.nat(60), queued: fc.boolean() }),
  fc.record({ kind: fc.constant('claim' as const), slot: fc.nat(slots) }),
  fc.record({ kind: fc.constant('defer' as const), slot: fc.nat(slots), wait: fc.nat(60), stale: fc.boolean() }),
  fc.record({ kind: fc.constant('end' as const), slot: fc.nat(slots) }),
  fc.record({ kind: fc.constant('due' as const), limit: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('receive' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('remove' as const), slot: fc.nat(slots) }),
  fc.record({ kind: fc.constant('set_aside' as const), slot: fc.nat(slots) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(visibilityMs + 20) }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A job of the model: where it stands, and when it comes back if it is in somebody's hands. */
type ModelJob = { readonly id: string; receipt: string | null; visibleAt: number };

/** Store and model side by side; every step is done to both and must be answered alike. */
class Run {
  readonly deliveries: Delivery[] = [];
  readonly receipts: string[] = [];
  jobs: ModelJob[] = [];
  time = now;
  readonly temporary = temporaryDirectory();
  store = opened(this.temporary.directory);
  queue = this.newQueue();

  newQueue() {
    const clock: Clock = { now: () => this.time, sleep: async () => {} };
    return createSqliteQueue(this.store, clock, visibilityMs);
  }

  get ledger() {
    return createSqliteLedger(this.store);
  }

  dispose(): void {
    this.store.close();
    this.temporary.dispose();
  }

  async take(action: Step): Promise<void> {
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
        return;
      case 'restart':
        this.store.close();
        this.store = opened(this.temporary.directory);
        this.queue = this.newQueue();
        for (const job of this.jobs) job.receipt = null;
        this.receipts.length = 0;
    }
  }

  async admit(wait: number, queued: boolean): Promise<void> {
    const state = queued ? 'queued' : 'scheduled';
    const admission = admissionOf(['one.example'], { delivery: { state, dueAt: this.time + wait } });
    await createSqliteAdmissions(this.store).admit([admission], null, this.time);
    this.deliveries.push(...admission.deliveries);
    if (queued) this.jobs.push(...admission.deliveries.map(({ id }) => ({ id, receipt: null, visibleAt: 0 })));
  }

  async claim(slot: number): Promise<void> {
    const delivery = this.deliveries[slot];
    if (delivery === undefined) return;
    const expected = claimed(delivery, this.time, this.time + leaseMs);
    expect(await this.ledger.claim(delivery.id, this.time, this.time + leaseMs)).toMatchObject(expected);
    if (expected.kind === 'claimed') this.deliveries[slot] = expected.delivery;
  }

  async commit(slot: number, change: (delivery: Delivery) => Delivery): Promise<void> {
    const delivery = this.deliveries[slot];
    if (delivery === undefined) return;
    const next = change(delivery);
    const fits = next.version === delivery.version + 1;
    expect(await this.ledger.commit(next)).toBe(fits ? 'committed' : 'fenced');
    if (fits) this.deliveries[slot] = next;
  }

  async due(limit: number): Promise<void> {
    const expected = this.deliveries
      .filter(({ dueAt }) => dueAt !== null && dueAt <= this.time)
      .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
      .slice(0, limit);
    expect((await this.ledger.due(this.time, limit)).map(({ delivery }) => delivery)).toEqual(expected);
  }

  async receive(limit: number): Promise<void> {
    const free = this.jobs.filter((job) => job.receipt === null || job.visibleAt <= this.time);
    const received = await this.queue.receive(limit, 0);
    expect(received).toHaveLength(Math.min(limit, free.length));
    for (const one of received) {
      const job = free.find(({ id }) => one.kind === 'job' && id === one.job.deliveryId);
      if (job === undefined) throw new Error('A job was received that is not free.');
      expect(this.receipts).not.toContain(one.receipt);
      this.receipts.push(one.receipt);
      Object.assign(job, { receipt: one.receipt, visibleAt: this.time + visibilityMs });
    }
  }

  async settle(slot: number, how: 'remove' | 'set_aside'): Promise<void> {
    const receipt = this.receipts[slot];
    if (receipt === undefined) return;
    await (how === 'remove' ? this.queue.remove([receipt]) : this.queue.setAside(receipt, 'why'));
    this.jobs = this.jobs.filter((job) => job.receipt !== receipt || job.visibleAt <= this.time);
  }

  async compare(): Promise<void> {
    for (const delivery of this.deliveries) {
      const found = await this.ledger.find(project, delivery.emailId);
      expect(found?.deliveries).toEqual([delivery]);
    }
    const rows = this.store.statement('SELECT count(*) AS n FROM job').get();
    expect(rows?.['n']).toBe(this.jobs.length);
  }
}

describe('ledger and queue on SQLite', () => {
  let run: Run | null = null;
  afterEach(() => run?.dispose());

  it('answer any sequence of calls and restarts as a model in memory does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        run?.dispose();
        run = new Run();
        for (const action of steps) await run.take(action);
        await run.compare();
      }),
      { numRuns: 80 },
    );
  });
});
