import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { countCommits } from '../../functions/core/count-commits.ts';
import { deliver } from '../../functions/core/deliver.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { Postponement } from '../../functions/core/postpone.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, now } from '../contract/samples.ts';
import { createHeldClock } from '../support/shaping.ts';
import { openParts } from '../support/embedded-parts.ts';

const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const wait: Postponement = {
  kind: 'postponed',
  group: 'google',
  why: 'circuit_open',
  until: now + 90_000,
  soonest: now + 60_000,
};

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let clock: ReturnType<typeof createHeldClock>;

beforeEach(() => {
  temporary = temporaryDirectory();
  clock = createHeldClock(now);
  parts = openParts(temporary.directory, clock);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

/** An email that lives for `lifeMs`, after its one job met a provider that nobody may connect to. */
async function afterPostponement(lifeMs: number) {
  const admission = admissionOf(['one.example'], { email: { expiresAt: now + lifeMs } });
  await parts.admissions.admit([admission], [], now);
  const [received] = await parts.queue.receive(1, 0);
  if (received?.kind !== 'job') throw new Error('There is one job.');
  const counted = countCommits(parts.ledger);
  const ports = {
    ...parts,
    ledger: counted.ledger,
    transport: { attempt: async () => wait },
    simulator: { attempt: () => Promise.reject(new Error('Nobody simulates.')) },
    clock,
    random: systemRandom,
    log: silent,
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000] as const,
    attemptMs: 10_000,
  };
  expect(await deliver(received.job, ports, new AbortController().signal)).toBe('done');
  const found = await parts.ledger.find(admission.email.projectId, admission.email.id);
  const [before] = admission.deliveries;
  if (before === undefined) throw new Error('It has one.');
  return { delivery: found?.deliveries[0], before, counts: counted.take(), email: admission.email };
}

describe('a delivery whose provider is to be left alone', () => {
  it('is due when it may come again, without an attempt', async () => {
    const { delivery, before, counts, email } = await afterPostponement(600_000);
    expect(delivery).toMatchObject({ state: 'deferred', attempt: 0, claimedAt: null, dueAt: wait.until });
    expect(delivery?.recipients).toEqual(before.recipients);
    expect(counts).toEqual({ postponed: 1 });
    await clock.advance(90_000);
    const name = { id: deliveryIdOf(email.id, 0), projectId: email.projectId };
    expect(await parts.ledger.claim(name, clock.now(), clock.now() + 1_000)).toMatchObject({
      kind: 'claimed',
      delivery: { attempt: 1 },
    });
  });

  it('comes sooner when it has not so long, and at its end when it has not even that', async () => {
    expect((await afterPostponement(80_000)).delivery?.dueAt).toBe(wait.soonest);
    expect((await afterPostponement(50_000)).delivery).toMatchObject({ state: 'deferred', dueAt: now + 50_000 });
  });
});
