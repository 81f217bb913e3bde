import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { deliver, type DeliverPorts } from '../../functions/core/deliver.ts';
import type { Delivery } from '../../functions/core/email.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Job } from '../../functions/core/ports/queue.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, project } from '../contract/samples.ts';
import { createSimulatedClock } from '../sim/world.ts';
import { openParts } from '../support/embedded-parts.ts';

const attemptMs = 3_000;
const running = new AbortController().signal;

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let clock: ReturnType<typeof createSimulatedClock>;
let dialled: number;
beforeEach(() => {
  temporary = temporaryDirectory();
  clock = createSimulatedClock(1_800_000_000_000);
  parts = openParts(temporary.directory, clock);
  dialled = 0;
});
afterEach(() => {
  parts.close();
  temporary.dispose();
});

const hanging = { attempt: () => (dialled++, new Promise<never>(() => undefined)) };

function ports(): DeliverPorts {
  const note = (): void => undefined;
  const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
  return {
    ...parts,
    transport: hanging,
    simulator: hanging,
    clock,
    random: systemRandom,
    log: { info: note, warn: note, error: note },
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000],
    attemptMs,
  };
}

/** A job that carries its content, in the hands of a worker that will never end. */
async function jobOfDeadWorker(onInDoubt: 'retry' | 'hold'): Promise<Job> {
  const admission = admissionOf(['one.example'], { email: { onInDoubt, expiresAt: clock.now() + 600_000 } });
  await parts.admissions.admit([admission], [], clock.now());
  const job = {
    version: 1,
    emailId: admission.email.id,
    projectId: admission.email.projectId,
    deliveryId: (admission.deliveries[0] as Delivery).id,
    content: { kind: 'inline', bytes: Buffer.from('Subject: x\r\n\r\nx\r\n') },
  } as const;
  void deliver(job, ports(), running);
  await expect.poll(() => dialled, { timeout: 5_000 }).toBe(1);
  return job;
}

async function deliveryOf(id: EmailId): Promise<Delivery | undefined> {
  return (await parts.ledger.find(project, id))?.deliveries[0];
}

describe('a job that comes back after its worker died (Q01, Q05)', () => {
  it('stays on the queue while the worker may be alive, for its time limit and a margin', async () => {
    const job = await jobOfDeadWorker('retry');
    clock.advance(attemptMs + limits.recordingMs);
    expect(await deliver(job, ports(), running)).toBe('keep');
    expect(await deliveryOf(job.emailId)).toMatchObject({ state: 'sending', attempt: 1 });
  });

  it('puts the doubt on record then, and dials nobody before the next attempt is due', async () => {
    const job = await jobOfDeadWorker('retry');
    clock.advance(attemptMs + limits.recordingMs + 1);
    expect(await deliver(job, ports(), running)).toBe('done');
    const delivery = await deliveryOf(job.emailId);
    expect(delivery).toMatchObject({ state: 'deferred', attempt: 1 });
    expect(delivery?.recipients[0]?.attempts.at(-1)).toMatchObject({
      outcome: 'in_doubt',
      error: { code: 'abandoned' },
    });
    expect(delivery?.dueAt).toBeGreaterThan(clock.now());
    expect(dialled).toBe(1);
  });

  it('keeps the content that only the job carried', async () => {
    const job = await jobOfDeadWorker('retry');
    const kept: EmailId[] = [];
    const contents = { ...parts.contents, put: async (id: EmailId) => void kept.push(id) };
    clock.advance(attemptMs + limits.recordingMs + 1);
    await deliver(job, { ...ports(), contents }, running);
    expect(kept).toEqual([job.emailId]);
  });

  it('ends what must not be sent twice as unknown', async () => {
    const job = await jobOfDeadWorker('hold');
    clock.advance(attemptMs + limits.recordingMs + 1);
    expect(await deliver(job, ports(), running)).toBe('done');
    const delivery = await deliveryOf(job.emailId);
    expect([delivery?.state, delivery?.recipients[0]?.status]).toEqual(['ended', 'unknown']);
  });

  it('leaves the worker fenced out, should it wake up after all', async () => {
    const job = await jobOfDeadWorker('retry');
    const owner = await deliveryOf(job.emailId);
    clock.advance(attemptMs + limits.recordingMs + 1);
    await deliver(job, ports(), running);
    const late = { ...(owner as Delivery), state: 'ended', version: (owner as Delivery).version + 1 } as const;
    expect(await parts.ledger.commit(late)).toBe('fenced');
  });
});
