import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { createSqliteQueue } from '../../functions/adapters/queue-sqlite.ts';
import type { Queue } from '../../functions/core/ports/queue.ts';
import { admissionOf, now } from '../contract/samples.ts';
import { adjustableClock, opened, temporaryStore } from './temporary-store.ts';

const visibilityMs = 60_000;

describe('the queue on SQLite', () => {
  let temporary: ReturnType<typeof temporaryStore>;
  let clock: ReturnType<typeof adjustableClock>;
  let queue: Queue;

  beforeEach(() => {
    temporary = temporaryStore();
    clock = adjustableClock();
    queue = createSqliteQueue(temporary.store, clock, visibilityMs);
  });
  afterEach(() => temporary.dispose());

  async function admitted(count: number): Promise<string[]> {
    const admissions = Array.from({ length: count }, () => admissionOf());
    await createSqliteAdmissions(temporary.store).admit(admissions, [], now);
    return admissions.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
  }

  async function received(limit: number, from: Queue = queue): Promise<string[]> {
    return (await from.receive(limit, 0)).map((one) => (one.kind === 'job' ? one.job.deliveryId : one.why));
  }

  it('goes by the order of admission', async () => {
    const ids = await admitted(5);
    expect([...(await received(2)), ...(await received(10))]).toEqual(ids);
  });

  it('hands out only the job whose timeout has passed, not those received after it', async () => {
    const [first, second] = await admitted(2);
    expect(await received(1)).toEqual([first]);
    clock.advance(visibilityMs * 0.6);
    expect(await received(1)).toEqual([second]);
    clock.advance(visibilityMs * 0.6);
    expect(await received(10)).toEqual([first]);
    expect(await received(10)).toEqual([]);
  });

  it('hides what is held for as long again, and what is not comes back', async () => {
    const [first, second] = await admitted(2);
    const [held] = await queue.receive(1, 0);
    expect(await received(1)).toEqual([second]);
    clock.advance(visibilityMs * 0.6);
    await queue.hold([held?.receipt ?? '']);
    clock.advance(visibilityMs * 0.6);
    expect(await received(10)).toEqual([second]);
    clock.advance(visibilityMs * 0.6);
    expect(await received(10)).toEqual([first]);
  });

  it('does not hold a removal against a job whose timeout has passed in between', async () => {
    const [id] = await admitted(1);
    const [held] = await queue.receive(1, 0);
    clock.advance(visibilityMs);
    await queue.remove([held?.receipt ?? '']);
    expect(await received(1)).toEqual([id]);
  });

  it('wakes a receiver when a job comes back, without any commit', async () => {
    const short = createSqliteQueue(temporary.store, clock, 30);
    const [id] = await admitted(1);
    expect(await received(1, short)).toEqual([id]);
    expect(await short.receive(1, 10_000)).toHaveLength(1);
  });

  it('keeps what was set aside, with the reason', async () => {
    await admitted(1);
    const [held] = await queue.receive(1, 0);
    await queue.setAside(held?.receipt ?? '', 'The content is missing.');
    const rows = temporary.store.statement('SELECT body, why FROM job_set_aside').all();
    expect(rows).toEqual([{ body: expect.stringContaining('em_'), why: 'The content is missing.' }]);
  });

  it('has everything again after a restart that was not removed', async () => {
    const ids = await admitted(3);
    const [first] = await queue.receive(2, 0);
    await queue.remove([first?.receipt ?? '']);
    temporary.store.close();
    const reopened = opened(temporary.directory);
    expect(await received(10, createSqliteQueue(reopened, clock))).toEqual(ids.slice(1));
    reopened.close();
  });

  it('rejects instead of handing out work that a failed store could not record', async () => {
    await admitted(1);
    temporary.store.close();
    await expect(queue.receive(1, 0)).rejects.toThrow('The store is closed.');
  });
});
