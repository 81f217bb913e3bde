import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { accept } from '../../functions/core/accept.ts';
import { cancel } from '../../functions/core/cancel.ts';
import { deliver } from '../../functions/core/deliver.ts';
import type { Delivery, Email } from '../../functions/core/email.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import type { Job } from '../../functions/core/ports/queue.ts';
import type { Log } from '../../functions/core/ports/log.ts';
import { sweep } from '../../functions/core/sweep.ts';
import { openEmbedded } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { mailboxOf, project } from '../contract/samples.ts';
import { suppressionOf } from '../contract/suppressions.contract.ts';
import { createFarSide, createSeededRandom, createSimulatedClock } from './world.ts';

const steps = 150;
const hourMs = 3_600_000;
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const running = new AbortController().signal;

type End = { readonly email: Email; readonly deliveries: readonly Delivery[] };

describe('a simulated week of faults', () => {
  it.each([1, 2, 3, 4, 5, 6])('ends every recipient once, duplicates in doubt only (seed %i)', async (seed) => {
    const { ends, copies } = await simulate(seed);
    expect(ends.length).toBeGreaterThan(20);
    const recipients = ends.flatMap(({ deliveries }) => deliveries.flatMap((delivery) => delivery.recipients));
    expect(recipients.some(({ status }) => status === 'suppressed')).toBe(true);
    for (const { email, deliveries } of ends) {
      for (const recipient of deliveries.flatMap((delivery) => delivery.recipients)) {
        const received = copies.get(addressOf(recipient.mailbox)) ?? 0;
        const doubts = recipient.attempts.filter((attempt) => attempt.outcome === 'in_doubt').length;
        const seen = JSON.stringify({ onInDoubt: email.onInDoubt, received, recipient }, null, 1);
        expect(recipient.status, seen).not.toBe('open');
        expect(received, seen).toBeLessThanOrEqual(email.onInDoubt === 'hold' ? 1 : 1 + doubts);
        if (recipient.status === 'delivered') expect(received, seen).toBeGreaterThan(0);
        if (recipient.status === 'suppressed') expect(received, seen).toBeLessThanOrEqual(doubts);
        if (received > 0 && doubts === 0) expect(recipient.status, seen).toBe('delivered');
        expect(recipient.attempts.map((attempt) => attempt.attempt)).toEqual(
          recipient.attempts.map((attempt) => attempt.attempt).toSorted((a, b) => a - b),
        );
      }
    }
  });

  it('runs the same way twice from the same seed', async () => {
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(JSON.stringify((await simulate(42)).ends))
        .digest('hex');
    expect(await digest()).toBe(await digest());
  });
});

async function simulate(seed: number): Promise<{ ends: End[]; copies: Map<string, number> }> {
  const random = createSeededRandom(seed);
  const clock = createSimulatedClock(1_800_000_000_000);
  const far = createFarSide(random);
  const { directory, dispose } = temporaryDirectory();
  const opened = openEmbedded({ dataDir: directory, masterKey: null }, { clock, random });
  if (opened.kind === 'refused') throw new Error(opened.why);
  const { parts } = opened;
  const emails: Email[] = [];
  const ports = {
    ...parts,
    transport: far.transport,
    simulator: far.transport,
    clock,
    random,
    log: silent,
    composer: { compose: async () => ({ bytes: Buffer.from('Subject: x\r\n\r\nx\r\n'), facts }) },
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('The far side does not read.')) }),
    classify: () => ({ category: 'system', rule: 'simulated', retryAfterMs: random.fraction() < 0.2 ? 300_000 : null }),
    retryScheduleMs: [60_000, 300_000, 1_800_000] as const,
    attemptMs: 14 * 60_000,
    maxAgeMs: 2 * 24 * hourMs,
  };

  const send = async (): Promise<void> => {
    const number = emails.length;
    const named = (address: string) => ({ name: null, mailbox: mailboxOf(address) });
    const accepted = await accept(
      {
        from: named('a@sender.example'),
        to: [named(`one${number}@a.example`), named(`two${number}@a.example`)],
        cc: random.fraction() < 0.5 ? [named(`three${number}@b.example`)] : [],
        bcc: [],
        replyTo: [],
        subject: 'x',
        html: null,
        text: 'x',
        headers: [],
        attachments: [],
        tags: [],
        metadata: {},
        scheduledAt: random.fraction() < 0.2 ? clock.now() + hourMs : null,
        expiresAt: null,
        listUnsubscribe: null,
        tls: 'opportunistic',
        onSuppressed: 'skip',
        onInDoubt: random.fraction() < 0.3 ? 'hold' : 'retry',
        test: false,
      },
      { projectId: project, suppressed: new Map(), idempotency: null },
      ports,
    );
    if (accepted.kind === 'accepted') emails.push(accepted.email);
  };

  // A killed attempt never answers: go on as soon as it hangs.
  const work = async (job: Job): Promise<void> => {
    const before = far.suspended.length;
    let done = false;
    const attempt = deliver(job, ports, running).finally(() => {
      done = true;
    });
    while (!done && far.suspended.length === before) await new Promise((resolve) => setImmediate(resolve));
    if (done) await attempt;
  };

  const pump = async (limit: number): Promise<void> => {
    for (const received of await parts.queue.receive(limit, 0)) {
      if (received.kind === 'malformed') throw new Error(received.why);
      const chance = random.fraction();
      if (chance < 0.3) await parts.queue.send([received.job]);
      if (chance < 0.95) await work(received.job);
      // In one case of twenty the job is lost without having been worked on.
      if (chance < 0.9 || chance >= 0.95) await parts.queue.remove([received.receipt]);
    }
  };

  const actions: readonly (() => Promise<unknown>)[] = [
    send,
    send,
    () => pump(5),
    () => pump(5),
    () => sweep(ports, running),
    async () => clock.advance(Math.floor(random.fraction() * 20 * 60_000)),
    async () => far.suspended.splice(Math.floor(random.fraction() * far.suspended.length), 1)[0]?.(),
    async () => {
      const email = emails[Math.floor(random.fraction() * emails.length)];
      if (email !== undefined && random.fraction() < 0.3) await cancel(project, email.id, ports);
    },
    async () => {
      const number = Math.floor(random.fraction() * emails.length);
      await parts.suppressions.add([suppressionOf(`One${number}+x@a.example`)], clock.now());
    },
  ];
  for (let step = 0; step < steps; step++) await actions[Math.floor(random.fraction() * actions.length)]?.();
  for (let hours = 0; hours < 60; hours++) {
    clock.advance(hourMs);
    await sweep(ports, running);
    await pump(1_000);
  }
  const ends = await Promise.all(emails.map((email) => parts.ledger.find(project, email.id)));
  parts.close();
  dispose();
  return { ends: ends.filter((end) => end !== null), copies: far.copies };
}

const facts = { sizeBytes: 18, eightBit: false, utf8Headers: false };
