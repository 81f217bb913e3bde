import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { classify } from '../../../functions/bounce/classify.ts';
import { deliver, type DeliverPorts } from '../../../functions/core/deliver.ts';
import { failureEvidence } from '../../../functions/core/failure-evidence.ts';
import type { Evidence, Outcome } from '../../../functions/core/outcome.ts';
import type { EmbeddedParts } from '../../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../../adapters/temporary-store.ts';
import { admissionOf, project, recipientOf } from '../../contract/samples.ts';
import { openParts } from '../../support/embedded-parts.ts';

const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let logged: string[];

beforeEach(() => {
  logged = [];
  temporary = temporaryDirectory();
  parts = openParts(temporary.directory);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

function refused(code: number, enhancedCode: string, text: string, ip: string | null = '192.0.2.1'): Evidence {
  return {
    phase: 'rcpt',
    host: 'mx.one.example',
    ip,
    port: 25,
    tls: null,
    error: null,
    reply: { code, enhancedCode, text },
  };
}

const bounced = (evidence: Evidence, source: 'smtp' | 'local' = 'smtp'): Outcome => ({
  kind: 'bounced',
  source,
  evidence,
});

async function delivered(outcomes: readonly Outcome[], changes: Partial<DeliverPorts> = {}) {
  const recipients = outcomes.map((_, index) => ({ ...recipientOf(`r${index}@one.example`), position: index }));
  const admission = admissionOf(['one.example'], {
    email: { expiresAt: Date.now() + 600_000 },
    delivery: { recipients },
  });
  await parts.admissions.admit([admission], [], Date.now());
  const { email, deliveries, content } = admission;
  const transport = { attempt: async () => outcomes };
  const note = (event: string): void => void logged.push(event);
  const ports: DeliverPorts = {
    ...parts,
    transport,
    simulator: transport,
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify,
    clock: systemClock,
    random: systemRandom,
    log: { info: note, warn: note, error: note },
    retryScheduleMs: [60_000],
    attemptMs: 10_000,
    ...changes,
  };
  const { id: emailId, projectId } = email;
  const deliveryId = deliveries[0]?.id ?? expect.fail('There is a delivery.');
  const job = { version: 1, deliveryId, emailId, projectId, content: { kind: 'inline', bytes: content } } as const;
  expect(await deliver(job, ports, new AbortController().signal)).toBe('done');
  const listed = await parts.suppressions.list(project, 10, null, Date.now());
  const found = await parts.ledger.find(projectId, emailId);
  return { listed, statuses: found?.deliveries[0]?.recipients.map(({ status }) => status) };
}

describe('an attempt', () => {
  it('that finds a mailbox gone takes its address off the list of those who are mailed, with what was said', async () => {
    const gone = refused(550, '5.1.1', '5.1.1 User unknown');
    const full = refused(552, '5.2.2', '5.2.2 Mailbox full');
    const later = refused(450, '4.1.1', '4.1.1 User unknown, try later');
    const ok = refused(250, '2.0.0', '2.0.0 Ok');
    const { listed, statuses } = await delivered([
      bounced(gone),
      bounced(full),
      { kind: 'deferred', cause: 'message', evidence: later },
      { kind: 'delivered', evidence: ok },
    ]);
    expect(statuses).toEqual(['bounced', 'bounced', 'open', 'delivered']);
    expect(listed).toMatchObject([
      {
        address: 'r0@one.example',
        reason: 'bounce',
        note: expect.stringContaining('5.1.1 User unknown') as string,
        expiresAt: null,
      },
    ]);
  });

  it('that finds a domain gone does so too, by a rule of our own', async () => {
    const evidence = { ...failureEvidence('dns', 'no_such_domain', 'There is no such domain.') };
    const reply = { code: 550, enhancedCode: '5.1.2', text: 'There is no such domain.' };
    const { listed } = await delivered([bounced({ ...evidence, reply }, 'local')]);
    expect(listed).toMatchObject([{ address: 'r0@one.example', reason: 'bounce' }]);
  });

  it('that was simulated does not', async () => {
    const { listed, statuses } = await delivered([bounced(refused(550, '5.1.1', '5.1.1 User unknown', null))]);
    expect([statuses, listed]).toEqual([['bounced'], []]);
  });

  it('is on record although the list is out of reach', async () => {
    const suppressions = { add: () => Promise.reject(new Error('Out of reach.')) };
    const { listed, statuses } = await delivered([bounced(refused(550, '5.1.1', '5.1.1 User unknown'))], {
      suppressions,
    });
    expect([statuses, listed]).toEqual([['bounced'], []]);
    expect(logged).toContain('bounce_not_suppressed');
  });
});
