import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import type { Delivery } from '../../functions/core/email.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { DelayedJob } from '../../functions/core/ports/queue.ts';
import type { Measures } from '../../functions/core/ports/metrics.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep, type SweepPorts } from '../../functions/core/sweep.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, now, project } from '../contract/samples.ts';
import { openParts } from '../support/embedded-parts.ts';

const signal = new AbortController().signal;
const silent = (): void => undefined;

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let time: number;
let recorded: [string, Measures][];
let ports: SweepPorts;

beforeEach(() => {
  time = now;
  recorded = [];
  const clock = { now: () => time, sleep: async () => undefined };
  temporary = temporaryDirectory();
  parts = openParts(temporary.directory, clock);
  ports = {
    ...parts,
    clock,
    random: systemRandom,
    log: { info: silent, warn: silent, error: silent },
    metrics: { record: (event, measures) => void recorded.push([event, measures]) },
    ahead: null,
    releases: createReleases({ perSecond: 1, burst: 2 }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000],
  };
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

async function admit(count: number, delivery: Partial<Delivery>, expiresAt = now + 3_600_000): Promise<EmailId[]> {
  const admissions = Array.from({ length: count }, () =>
    admissionOf(['one.example'], { email: { expiresAt }, delivery }),
  );
  await parts.admissions.admit(admissions, [], now);
  for (const received of await parts.queue.receive(1_000, 0)) await parts.queue.remove([received.receipt]);
  return admissions.map(({ email }) => email.id);
}

async function jobs(): Promise<number> {
  const received = await parts.queue.receive(1_000, 0);
  await parts.queue.remove(received.map(({ receipt }) => receipt));
  return received.length;
}

const dueAt = async (id: EmailId): Promise<number | null | undefined> =>
  (await parts.ledger.find(project, id))?.deliveries[0]?.dueAt;

describe('a backlog of deferred mail to one host', () => {
  it('goes back to the queue at its rate, the oldest first, and all of it', async () => {
    const ids = await admit(6, { state: 'deferred', dueAt: now - 1_000 });
    expect(await sweep(ports, signal)).toBe(6);
    expect(await jobs()).toBe(2);
    const waiting = (await Promise.all(ids.map(dueAt))).filter((at) => at === now + 1_000 || at === now + 2_000);
    expect(waiting).toHaveLength(2);
    const sent: number[] = [];
    for (let second = 1; second <= 5; second++) {
      time = now + second * 1_000;
      await sweep(ports, signal);
      sent.push(await jobs());
    }
    expect(sent).toEqual([1, 1, 1, 1, 0]);
  });

  it('does not hold back what is scheduled, nor keep anything beyond its lifetime', async () => {
    await admit(5, { state: 'scheduled', dueAt: now });
    await sweep(ports, signal);
    expect(await jobs()).toBe(5);
    const ids = await admit(4, { state: 'deferred', dueAt: now }, now + 1_500);
    await sweep(ports, signal);
    // The two that went are looked at again at the end of their lifetime too, and of the two put off one would come after it.
    const times = (await Promise.all(ids.map(dueAt))).map((at) => (at ?? 0) - now);
    expect(times.toSorted((a, b) => a - b)).toEqual([1_000, 1_500, 1_500, 1_500]);
    time = now + 1_500;
    await sweep(ports, signal);
    const found = await Promise.all(ids.map((id) => parts.ledger.find(project, id)));
    expect(found.map((email) => email?.deliveries[0]?.recipients[0]?.status)).toEqual(ids.map(() => 'expired'));
  });

  it('ends in a run however long that takes, for it looks at what was due at its start', async () => {
    const more = limits.sweepBatch + 1;
    await admit(more, { state: 'deferred', dueAt: now });
    const slow: SweepPorts['ledger'] = {
      ...parts.ledger,
      commit: async (next) => {
        time += 10_000;
        return await parts.ledger.commit(next);
      },
    };
    expect(await sweep({ ...ports, ledger: slow }, signal)).toBe(more);
  });
});

it('A sweep moves all that was due, though the index of the ledger names some that were moved on before', async () => {
  const count = limits.sweepBatch * 2;
  await admit(count, { state: 'scheduled', dueAt: now });
  let lagging = 0;
  const due: typeof ports.ledger.due = async (until, limit) => {
    const found = await parts.ledger.due(until, limit - lagging);
    lagging = 20;
    return found;
  };
  expect(await sweep({ ...ports, ledger: { ...parts.ledger, due } }, signal)).toBe(count);
});

describe('a sweep that comes once a minute', () => {
  const minute = 60_000;

  async function sweptAhead(): Promise<{ readonly moved: number; readonly delays: readonly number[] }> {
    const delays: number[] = [];
    const send = async (sent: readonly DelayedJob[]) => void delays.push(...sent.map(({ delayMs }) => delayMs));
    const moved = await sweep({ ...ports, ahead: { ms: minute, send } }, signal);
    return { moved, delays: delays.toSorted((a, b) => a - b) };
  }

  it('sends what comes due until the next one, to come out at its time', async () => {
    const [deferred] = await admit(1, { state: 'deferred', dueAt: now + 30_000 });
    await admit(1, { state: 'scheduled', dueAt: now + minute });
    await admit(1, { state: 'scheduled', dueAt: now - 5 });
    const [later] = await admit(1, { state: 'deferred', dueAt: now + minute + 1 });
    expect(await sweptAhead()).toEqual({ moved: 3, delays: [0, 30_000, minute] });
    expect(await dueAt(deferred as EmailId)).toBe(now + 30_000 + limits.queuedGraceMs);
    expect(await dueAt(later as EmailId)).toBe(now + minute + 1);
    expect(await sweptAhead()).toEqual({ moved: 0, delays: [] });
  });

  it('leaves leases, awaited jobs and ends alone until their time has come', async () => {
    await admit(1, { state: 'sending', attempt: 1, claimedAt: now, dueAt: now + 1_000 });
    await admit(1, { state: 'queued', dueAt: now + 1_000 });
    await admit(1, { state: 'deferred', dueAt: now + 1_000 }, now + 1_000);
    expect(await sweptAhead()).toEqual({ moved: 0, delays: [] });
    time = now + 1_000;
    expect((await sweptAhead()).moved).toBe(3);
  });

  it('puts off a backlog until the next run, and looks at it once', async () => {
    const ids = await admit(5, { state: 'deferred', dueAt: now + 10 });
    expect(await sweptAhead()).toEqual({ moved: 5, delays: [10, 10] });
    const waiting = (await Promise.all(ids.map(dueAt))).filter((at) => (at ?? 0) <= now + minute + 3_000);
    expect(waiting.map((at) => (at ?? 0) - now).toSorted((a, b) => a - b)).toEqual([61_000, 62_000, 63_000]);
  });

  it('ends although it finds only what it leaves alone', async () => {
    await admit(limits.sweepBatch, { state: 'sending', attempt: 1, claimedAt: now, dueAt: now + 1_000 });
    expect(await sweptAhead()).toEqual({ moved: 0, delays: [] });
  });
});

describe('the line of a sweep', () => {
  it('tells what it moved, what it ended and how long the oldest has waited', async () => {
    await admit(3, { state: 'deferred', dueAt: now - 90_500 });
    await admit(1, { state: 'deferred', dueAt: now - 1_000 }, now - 500);
    await admit(1, { state: 'sending', attempt: 2, claimedAt: now - 60_000, dueAt: now });
    await sweep(ports, signal);
    expect(recorded).toEqual([
      [
        'sweep',
        {
          due: 5,
          released: 2,
          held_back: 1,
          awaited: 0,
          retried: 1,
          ended: 1,
          oldest_due_seconds: 90,
          duration_ms: 0,
          expired: 1,
          attempts: 1,
          tried: 1,
          in_doubt: 1,
        },
      ],
    ]);
  });

  it('is not there when nothing was due', async () => {
    await sweep(ports, signal);
    expect(recorded).toEqual([]);
  });

  it('is there when the queue is out of reach, for then somebody looks', async () => {
    await admit(1, { state: 'deferred', dueAt: now - 7_000 });
    const queue = { ...parts.queue, send: () => Promise.reject(new Error('Out of reach.')) };
    await expect(sweep({ ...ports, queue }, signal)).rejects.toThrow('Out of reach.');
    expect(recorded[0]?.[1]).toMatchObject({ due: 1, oldest_due_seconds: 7 });
  });
});
