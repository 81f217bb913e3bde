import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { consume, type ConsumePorts } from '../../functions/core/consume.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { housekeep } from '../../functions/core/housekeep.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import type { Transport } from '../../functions/core/ports/transport.ts';
import { limits } from '../../functions/core/limits.ts';
import { repeat } from '../../functions/core/repeat.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep, type SweepPorts } from '../../functions/core/sweep.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, project, recipientOf } from '../contract/samples.ts';
import { openParts } from '../support/embedded-parts.ts';

const evidence = failureEvidence('dot', 'x', 'X.');
const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let events: string[];

beforeEach(() => {
  temporary = temporaryDirectory();
  parts = openParts(temporary.directory);
  events = [];
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

function portsWith(transport: Transport, changes: Partial<ConsumePorts> = {}): ConsumePorts & SweepPorts {
  const note = (event: string): void => void events.push(event);
  return {
    ...parts,
    transport,
    simulator: transport,
    clock: systemClock,
    random: systemRandom,
    log: { info: note, warn: note, error: note },
    metrics: { record: note },
    ahead: null,
    releases: createReleases({ perSecond: 20, burst: 1_200 }),
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000],
    attemptMs: 10_000,
    ...changes,
    suppressions: parts.suppressions,
  };
}

async function admit(count: number, expiresAt = Date.now() + 600_000): Promise<EmailId[]> {
  const admissions = Array.from({ length: count }, () => admissionOf(['one.example'], { email: { expiresAt } }));
  await parts.admissions.admit(admissions, [], Date.now());
  return admissions.map(({ email }) => email.id);
}

async function statusOf(id: EmailId): Promise<string | undefined> {
  const found = await parts.ledger.find(project, id);
  return found?.deliveries[0]?.recipients[0]?.status;
}

function once(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
}

/** Runs the worker until `isDone`, then stops it. */
async function work(ports: ConsumePorts, concurrency: number, isDone: () => boolean): Promise<void> {
  const stopping = new AbortController();
  const worker = consume(ports, { concurrency }, stopping.signal);
  for (let tries = 0; !isDone() && tries < 500; tries++) await sleep(10);
  stopping.abort();
  await worker;
}

describe('the worker', () => {
  it('delivers everything, and never more at a time than it may', async () => {
    const ids = await admit(30);
    let now = 0;
    let most = 0;
    let done = 0;
    const transport: Transport = {
      attempt: async (order) => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        done++;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport), 4, () => done === 30);
    expect(most).toBe(4);
    expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['delivered']));
    expect(await parts.queue.receive(10, 0)).toEqual([]);
  });

  it('goes on while finished jobs are removed, takes them in few calls, and ends when the last one is gone', async () => {
    const ids = await admit(5);
    const transport: Transport = {
      attempt: async (order) => order.recipients.map(() => ({ kind: 'delivered', evidence })),
    };
    const isRecorded = async (): Promise<boolean> =>
      (await Promise.all(ids.map(statusOf))).every((status) => status === 'delivered');
    const calls: number[] = [];
    const released = Promise.withResolvers<void>();
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      remove: async (receipts) => {
        calls.push(receipts.length);
        await released.promise;
        await parts.queue.remove(receipts);
      },
    };
    const stopping = new AbortController();
    const worker = consume(portsWith(transport, { queue }), { concurrency: 1 }, stopping.signal);
    for (let tries = 0; !(await isRecorded()) && tries < 500; tries++) await sleep(10);
    expect(await isRecorded()).toBe(true);
    stopping.abort();
    expect(await Promise.race([worker, sleep(50, 'still there')])).toBe('still there');
    released.resolve();
    await worker;
    expect(calls).toEqual([1, 4]);
    expect(events).toEqual([]);
  });

  it('takes from a queue that hands out few jobs a call with several receivers, and never more than there is room for', async () => {
    const ids = await admit(20);
    let [waiting, most, inHand, mostInHand, done] = [0, 0, 0, 0, 0];
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      receive: async (limit, waitMs, signal) => {
        most = Math.max(most, ++waiting);
        expect(limit).toBeLessThanOrEqual(2);
        const jobs = await parts.queue.receive(1, waitMs, signal);
        await sleep(5);
        waiting--;
        mostInHand = Math.max(mostInHand, (inHand += jobs.length));
        return jobs;
      },
    };
    const transport: Transport = {
      attempt: async (order) => {
        await sleep(5);
        inHand--;
        done++;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    const stopping = new AbortController();
    const intake = { concurrency: 6, receivers: 3, jobsPerReceive: 2, pollMs: 50 };
    const worker = consume(portsWith(transport, { queue }), intake, stopping.signal);
    while (done < ids.length) await sleep(5);
    stopping.abort();
    await worker;
    expect(most).toBe(3);
    expect(mostInHand).toBeLessThanOrEqual(6);
    expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['delivered']));
  });

  it('holds on to a job for as long as its delivery takes, and tries again when that fails', async () => {
    await admit(1);
    const held: (readonly string[])[] = [];
    const released = Promise.withResolvers<void>();
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      visibilityMs: 40,
      hold: async (receipts) => {
        held.push(receipts);
        if (held.length === 1) throw new Error('not now');
        await parts.queue.hold(receipts);
        if (held.length === 3) released.resolve();
      },
    };
    let done = false;
    const transport: Transport = {
      attempt: async (order) => {
        await released.promise;
        done = true;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport, { queue }), 5, () => done);
    expect(held).toEqual([['1'], ['1'], ['1']]);
    expect(events).toEqual(['jobs_not_held']);
  });

  it('takes ever fewer jobs while none can be settled, so that an outage does not wear them out (Q09)', async () => {
    const ids = await admit(12);
    let failures = 0;
    const ledger: ConsumePorts['ledger'] = {
      ...parts.ledger,
      claim: (...order) => (failures++ < 10 ? Promise.reject(new Error('out of reach')) : parts.ledger.claim(...order)),
    };
    let time = Date.now();
    const pauses: number[] = [];
    const clock: ConsumePorts['clock'] = {
      now: () => time,
      sleep: async (ms, signal) => {
        // Those of the worker's hold on its jobs, and of its look for slow ones.
        if (ms > 30_000 || ms === limits.slowDeliveryMs) return await once(signal);
        pauses.push(ms);
        time += ms;
      },
    };
    let done = 0;
    const transport: Transport = {
      attempt: async (order) => {
        done++;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport, { ledger, clock }), 1, () => done === 2);
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect((await Promise.all(ids.map(statusOf))).filter((status) => status === 'delivered').length).toBeGreaterThan(1);
  });

  it('gives back at once what it cannot settle when it stops, and begins nothing then', async () => {
    const [id = '' as EmailId] = await admit(1);
    const stopping = new AbortController();
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      receive: async (limit, waitMs) => {
        const jobs = await parts.queue.receive(limit, waitMs);
        stopping.abort();
        return jobs;
      },
    };
    const transport: Transport = { attempt: () => Promise.reject(new Error('Nothing is to be begun.')) };
    await consume(portsWith(transport, { queue }), { concurrency: 1, pollMs: 100 }, stopping.signal);
    expect(await parts.queue.receive(1, 0)).toHaveLength(1);
    expect((await parts.ledger.find(project, id))?.deliveries[0]).toMatchObject({ state: 'queued', attempt: 0 });
    expect(events).toEqual([]);
  });

  it('delivers what comes after more slow deliveries than it has slots, and still waits for all of them', async () => {
    const slowOnes = await admit(5);
    const [healthy = '' as EmailId] = await admit(1);
    const released = Promise.withResolvers<void>();
    let delivered = 0;
    const transport: Transport = {
      attempt: async (order) => {
        if (delivered++ < slowOnes.length) await released.promise;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    const stopping = new AbortController();
    const worker = consume(portsWith(transport), { concurrency: 2 }, stopping.signal);
    for (let tries = 0; (await statusOf(healthy)) !== 'delivered' && tries < 1_000; tries++) await sleep(10);
    expect(await statusOf(healthy)).toBe('delivered');
    expect(new Set(await Promise.all(slowOnes.map(statusOf)))).toEqual(new Set(['open']));
    stopping.abort();
    expect(await Promise.race([worker, sleep(50, 'still there')])).toBe('still there');
    released.resolve();
    await worker;
    expect(new Set(await Promise.all(slowOnes.map(statusOf)))).toEqual(new Set(['delivered']));
  });

  it('logs a removal that failed and goes on', async () => {
    await admit(2);
    let delivered = 0;
    const transport: Transport = {
      attempt: async (order) => {
        delivered++;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      remove: () => Promise.reject(new Error('The queue is away.')),
    };
    await work(portsWith(transport, { queue }), 1, () => delivered === 2);
    expect(delivered).toBe(2);
    expect(new Set(events)).toEqual(new Set(['jobs_not_removed']));
  });

  it('takes a transport that throws for doubt, and goes on with the others', async () => {
    const [broken = '' as EmailId, fine = '' as EmailId] = await admit(2);
    let attempts = 0;
    const transport: Transport = {
      attempt: async (order) => {
        if (attempts++ === 0) throw new Error('a bug');
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport), 1, () => attempts === 2);
    const found = await parts.ledger.find(project, broken);
    expect(found?.deliveries[0]?.recipients[0]?.attempts.at(-1)?.outcome).toBe('in_doubt');
    expect(await statusOf(fine)).toBe('delivered');
    expect(events).toContain('attempt_threw');
  });

  it('sends nothing that it cannot sign as it should, and tries again later', async () => {
    const [id = '' as EmailId] = await admit(1);
    let attempts = 0;
    const transport: Transport = { attempt: async () => (attempts++, []) };
    const prepareOutbound = (): Promise<never> => Promise.reject(new Error('The key does not open.'));
    await work(portsWith(transport, { prepareOutbound }), 1, () => events.includes('route_fault'));
    const recipient = (await parts.ledger.find(project, id))?.deliveries[0]?.recipients[0];
    expect(recipient?.status).toBe('open');
    expect(recipient?.attempts.at(-1)).toMatchObject({ outcome: 'deferred', error: { code: 'not_signed' } });
    expect([attempts, events.includes('message_not_signed')]).toEqual([0, true]);
  });

  it('tells in one line of a delivery that was not made, however many its recipients', async () => {
    const recipients = ['ada@one.example', 'bob@one.example', 'eve@one.example'].map(recipientOf);
    const admission = admissionOf(['one.example'], {
      email: { expiresAt: Date.now() + 600_000 },
      delivery: { recipients },
    });
    await parts.admissions.admit([admission], [], Date.now());
    const transport: Transport = {
      attempt: async () => [
        { kind: 'delivered', evidence },
        { kind: 'deferred', cause: 'message', evidence },
        { kind: 'bounced', source: 'smtp', evidence },
      ],
    };
    await work(portsWith(transport), 1, () => events.includes('not_delivered'));
    expect(events.filter((event) => event === 'not_delivered')).toHaveLength(1);
  });

  it('sets a job aside that it cannot read, and goes on (Q10)', async () => {
    const [id = '' as EmailId] = await admit(1);
    let gave = false;
    const setAside: string[] = [];
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      receive: async (limit, waitMs, signal) => {
        if (gave) return await parts.queue.receive(limit, waitMs, signal);
        gave = true;
        return [{ kind: 'malformed', receipt: 'r1', why: 'not JSON' }];
      },
      setAside: async (receipt, why) => void setAside.push(`${receipt}: ${why}`),
    };
    let done = false;
    const transport: Transport = {
      attempt: async (order) => {
        done = true;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport, { queue }), 1, () => done);
    expect(setAside).toEqual(['r1: not JSON']);
    expect(await statusOf(id)).toBe('delivered');
  });

  it('ends a delivery whose content is missing as failed (Q10)', async () => {
    const [id = '' as EmailId] = await admit(1);
    const contents = { ...parts.contents, open: async () => null };
    const transport: Transport = { attempt: () => Promise.reject(new Error('There is nothing to send.')) };
    await work(portsWith(transport, { contents }), 1, () => events.includes('content_missing'));
    expect(await statusOf(id)).toBe('failed');
  });

  it('does not dial for an email past its lifetime', async () => {
    const [id = '' as EmailId] = await admit(1, Date.now() - 1);
    let dialled = false;
    const transport: Transport = {
      attempt: async () => {
        dialled = true;
        return [];
      },
    };
    const stopping = new AbortController();
    const worker = consume(portsWith(transport), { concurrency: 1 }, stopping.signal);
    for (let tries = 0; (await statusOf(id)) === 'open' && tries < 200; tries++) await sleep(10);
    stopping.abort();
    await worker;
    expect(await statusOf(id)).toBe('expired');
    expect(dialled).toBe(false);
  });

  it('keeps an outcome until the ledger takes it (Q15)', async () => {
    const [id = '' as EmailId] = await admit(1);
    let refusals = 2;
    const ledger: ConsumePorts['ledger'] = {
      ...parts.ledger,
      commit: (next) => (refusals-- > 0 ? Promise.reject(new Error('throttled')) : parts.ledger.commit(next)),
    };
    const transport: Transport = {
      attempt: async (order) => order.recipients.map(() => ({ kind: 'delivered', evidence })),
    };
    await work(portsWith(transport, { ledger }), 1, () => refusals < 0);
    expect(await statusOf(id)).toBe('delivered');
  });

  it('waits a moment when the queue is out of reach, and goes on', async () => {
    const [id = '' as EmailId] = await admit(1);
    let failures = 1;
    const queue: ConsumePorts['queue'] = {
      ...parts.queue,
      receive: (limit, waitMs, signal) =>
        failures-- > 0 ? Promise.reject(new Error('unreachable')) : parts.queue.receive(limit, waitMs, signal),
    };
    let done = false;
    const transport: Transport = {
      attempt: async (order) => {
        done = true;
        return order.recipients.map(() => ({ kind: 'delivered', evidence }));
      },
    };
    await work(portsWith(transport, { queue }), 1, () => done);
    expect(await statusOf(id)).toBe('delivered');
    expect(events).toContain('queue_unavailable');
  });
});

describe('the sweep', () => {
  it('puts a delivery whose job has vanished on the queue again', async () => {
    const lost = admissionOf(['one.example'], {
      delivery: { dueAt: Date.now() - 1 },
      email: { expiresAt: Date.now() + 600_000 },
    });
    await parts.admissions.admit([lost], [], Date.now());
    for (const received of await parts.queue.receive(10, 0)) await parts.queue.remove([received.receipt]);
    const transport: Transport = { attempt: async () => [] };
    expect(await sweep(portsWith(transport), new AbortController().signal)).toBe(1);
    expect(await parts.queue.receive(10, 0)).toMatchObject([
      { kind: 'job', job: { deliveryId: `${lost.email.id}.0` } },
    ]);
  });

  it('ends a delivery visibly whose content has vanished too', async () => {
    const lost = admissionOf(['one.example'], {
      delivery: { dueAt: Date.now() - 1 },
      email: { expiresAt: Date.now() + 600_000 },
    });
    await parts.admissions.admit([lost], [], Date.now());
    const contents = { ...parts.contents, open: async () => null };
    await sweep({ ...portsWith({ attempt: async () => [] }), contents }, new AbortController().signal);
    expect(await statusOf(lost.email.id)).toBe('failed');
  });
});

describe('a repeated task', () => {
  it('comes again after it has thrown', async () => {
    const stopping = new AbortController();
    let runs = 0;
    const task = async (): Promise<void> => {
      if (++runs === 3) stopping.abort();
      throw new Error('this time');
    };
    const ports = portsWith({ attempt: async () => [] });
    await repeat('task', 1, task, ports, stopping.signal);
    expect(runs).toBe(3);
    expect(events.filter((event) => event === 'task_failed')).toHaveLength(3);
  });
});

describe('housekeeping', () => {
  it('drops the content of ended emails past their retention, and of no others', async () => {
    const old = { createdAt: Date.now() - 10_000, expiresAt: Date.now() + 600_000 };
    const ended = admissionOf(['one.example'], { email: old, delivery: { state: 'ended', dueAt: null } });
    const open = admissionOf(['one.example'], { email: old });
    await parts.admissions.admit([ended, open], [], Date.now());
    await housekeep({ ...parts, clock: systemClock }, 20_000);
    expect(await parts.contents.open(ended.email.id)).not.toBeNull();
    await housekeep({ ...parts, clock: systemClock }, 5_000);
    expect(await parts.contents.open(ended.email.id)).toBeNull();
    expect(await parts.contents.open(open.email.id)).not.toBeNull();
  });
});
