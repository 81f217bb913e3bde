import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { type BatchEntry, deliverBatch, type DeliverBatchPorts } from '../../functions/core/deliver-batch.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import type { Measures } from '../../functions/core/ports/metrics.ts';
import type { AttemptOrder, Transport } from '../../functions/core/ports/transport.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf } from '../contract/samples.ts';
import { openParts } from '../support/embedded-parts.ts';

const evidence = failureEvidence('dot', 'x', 'X.');
const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
const minute = 60_000;
const silent = (): void => undefined;

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let time: number;
let aside: string[];
let recorded: [string, Measures][];
const clock = { now: () => time, sleep: () => new Promise<never>(() => undefined) };

beforeEach(() => {
  time = Date.now();
  aside = [];
  recorded = [];
  temporary = temporaryDirectory();
  parts = openParts(temporary.directory, clock);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

function portsWith(attempt: Transport['attempt'], changes: Partial<DeliverBatchPorts> = {}): DeliverBatchPorts {
  return {
    ...parts,
    transport: { attempt },
    simulator: { attempt },
    clock,
    random: systemRandom,
    log: { info: silent, warn: silent, error: silent },
    metrics: { record: (event, measures) => void recorded.push([event, measures]) },
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [minute],
    attemptMs: 14 * minute,
    setAside: async (body) => void aside.push(body),
    concurrency: 1,
    ...changes,
  };
}

async function entriesOf(count: number): Promise<BatchEntry[]> {
  const admissions = Array.from({ length: count }, () =>
    admissionOf(['one.example'], { email: { expiresAt: time + 600 * minute } }),
  );
  await parts.admissions.admit(admissions, [], time);
  return admissions.map(({ email, deliveries, content }, index) => {
    const deliveryId = deliveries[0]?.id;
    if (deliveryId === undefined) throw new Error('It has one.');
    const { id: emailId, projectId } = email;
    const job = { version: 1, deliveryId, emailId, projectId, content: { kind: 'inline', bytes: content } } as const;
    return { kind: 'job', id: `m${index}`, job };
  });
}

const delivered = (order: AttemptOrder) => order.recipients.map(() => ({ kind: 'delivered' as const, evidence }));

describe('a batch', () => {
  it('that runs out of time names what it did not begin, and what it did is not sent again (Q02)', async () => {
    const entries = await entriesOf(5);
    let sent = 0;
    const ports = portsWith(async (order) => {
      sent++;
      time += 20_000;
      return delivered(order);
    });
    const first = await deliverBatch(entries, ports, { endsAt: time + 55_000, answerBy: time + 63_000 });
    expect(first).toEqual(['m3', 'm4']);
    expect(sent).toBe(3);
    expect(await deliverBatch(entries, ports, { endsAt: time + 600_000, answerBy: time + 610_000 })).toEqual([]);
    expect(sent).toBe(5);
  });

  it('lets no attempt last longer than the invocation', async () => {
    const deadlines: number[] = [];
    const endsAt = time + 30_000;
    const ports = portsWith(async (order) => {
      deadlines.push(order.deadline);
      time += 5_000;
      return delivered(order);
    });
    await deliverBatch(await entriesOf(2), ports, { endsAt, answerBy: endsAt + 8_000 });
    expect(deadlines).toEqual([endsAt, endsAt]);
  });

  it('answers in time when something hangs, and names it and nothing else', async () => {
    const entries = await entriesOf(3);
    let aborted = false;
    let sent = 0;
    const ports = portsWith(
      async (order) => {
        if (sent++ > 0) return delivered(order);
        order.signal.addEventListener('abort', () => (aborted = true));
        return await new Promise<never>(silent);
      },
      { concurrency: 3, attemptMs: 40, clock: systemClock },
    );
    const now = Date.now();
    expect(await deliverBatch(entries, ports, { endsAt: now + 1_200, answerBy: now + 1_250 })).toEqual(['m0']);
    expect(aborted).toBe(true);
  });

  it('goes on beside a port that throws, and names what that kept from being done (Q03)', async () => {
    const entries = await entriesOf(3);
    const poison: BatchEntry = { kind: 'malformed', id: 'p', body: 'x', why: 'Because.' };
    const claim: EmbeddedParts['ledger']['claim'] = async (name, ...rest) => {
      if (entries[1]?.kind === 'job' && name.id === entries[1].job.deliveryId) throw new Error('Out of reach.');
      return await parts.ledger.claim(name, ...rest);
    };
    const setAside = (): Promise<void> => Promise.reject(new Error('Out of reach.'));
    const broken = portsWith(async (order) => delivered(order), { ledger: { ...parts.ledger, claim }, setAside });
    const times = { endsAt: time + 600_000, answerBy: time + 610_000 };
    expect(await deliverBatch([poison, ...entries], broken, times)).toEqual(['p', 'm1']);
    const healed = portsWith(async (order) => delivered(order));
    expect(await deliverBatch([poison, ...entries], healed, times)).toEqual([]);
    expect(aside).toEqual(['x']);
  });
});

describe('the line of a batch', () => {
  const times = { endsAt: Number.MAX_SAFE_INTEGER, answerBy: Number.MAX_SAFE_INTEGER };
  const at = (host: string, phase: 'rcpt' | 'dot') => ({ ...failureEvidence(phase, 'x', 'X.'), host });

  it('counts what is on record, by outcome and by provider', async () => {
    const outcomes = [
      { kind: 'delivered', evidence: at('aspmx.l.google.com', 'dot') },
      { kind: 'deferred', cause: 'message', evidence: at('alt1.aspmx.l.google.com', 'rcpt') },
      { kind: 'bounced', source: 'smtp', evidence: at('mx.two.example', 'rcpt') },
      { kind: 'in_doubt', evidence: at('mx.two.example', 'dot') },
    ] as const;
    let next = 0;
    const ports = portsWith(async () => [outcomes[next++] ?? outcomes[0]]);
    const poison: BatchEntry = { kind: 'malformed', id: 'p', body: 'x', why: 'Because.' };
    await deliverBatch([...(await entriesOf(4)), poison], ports, times);
    expect(recorded).toEqual([
      [
        'batch',
        {
          jobs: 5,
          unfinished: 0,
          duration_ms: 0,
          attempts: 4,
          tried: 4,
          decided: 2,
          delivered: 1,
          google_delivered: 1,
          deferred: 1,
          google_deferred: 1,
          bounced: 1,
          other_bounced: 1,
          in_doubt: 1,
          other_in_doubt: 1,
        },
      ],
    ]);
  });

  it('counts recipients, and what ended without an attempt', async () => {
    const lost = admissionOf(['one.example'], { email: { expiresAt: time + 600 * minute } });
    const late = admissionOf(['two.example'], { email: { expiresAt: time } });
    await parts.admissions.admit([lost, late], [], time);
    const contents = { ...parts.contents, open: async () => null };
    const jobs = [lost, late].map(({ email, deliveries }, index): BatchEntry => {
      const deliveryId = deliveries[0]?.id;
      if (deliveryId === undefined) throw new Error('It has one.');
      return {
        kind: 'job',
        id: `j${index}`,
        job: { version: 1, deliveryId, emailId: email.id, projectId: email.projectId, content: { kind: 'stored' } },
      };
    });
    await deliverBatch(
      jobs,
      portsWith(async (order) => delivered(order), { contents }),
      times,
    );
    expect(recorded).toEqual([['batch', { jobs: 2, unfinished: 0, duration_ms: 0, failed: 1, expired: 1 }]]);
  });

  it('counts nothing that was fenced out, and nothing twice', async () => {
    const entries = await entriesOf(1);
    const commit = async () => 'fenced' as const;
    await deliverBatch(
      entries,
      portsWith(async (order) => delivered(order), { ledger: { ...parts.ledger, commit } }),
      times,
    );
    await deliverBatch(
      entries,
      portsWith(async (order) => delivered(order)),
      times,
    );
    expect(recorded.map(([, measures]) => measures)).toEqual([
      { jobs: 1, unfinished: 0, duration_ms: 0 },
      { jobs: 1, unfinished: 1, duration_ms: 0 },
    ]);
  });
});
