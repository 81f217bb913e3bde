import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { exampleRecords } from '../../../build/log-record-examples.ts';
import { logRecordPage } from '../../../build/log-record-page.ts';
import { classify } from '../../../functions/bounce/classify.ts';
import { type DeliveryRecord, deliveryRecords } from '../../../functions/core/delivery-log/delivery-record.ts';
import type { Delivery, Recipient } from '../../../functions/core/email.ts';
import { endDelivery } from '../../../functions/core/end-delivery.ts';
import { failureEvidence } from '../../../functions/core/failure-evidence.ts';
import { logDeliveries } from '../../../functions/core/delivery-log/log-deliveries.ts';
import type { Outcome } from '../../../functions/core/outcome.ts';
import type { DeliveryChange } from '../../../functions/core/ports/delivery-log.ts';
import { postpone } from '../../../functions/core/postpone.ts';
import { settle } from '../../../functions/core/settle.ts';
import { suppressedRecipient, withoutSuppressed } from '../../../functions/core/suppression/suppressed-recipient.ts';
import { admissionOf, mailboxOf, now, recipientOf } from '../../contract/samples.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { logRecordSchema, recordFaults } from '../../support/log-record-schema.ts';

const nodeId = '557f3ad4-2c8c-41ee-976e-782d7e12e173';
const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/log-record.md'), 'utf8');

function open(address: string, position: number): Recipient {
  return { ...recipientOf(address), position, attempts: [] };
}

const people = ['ada', 'bob', 'eve'].map((name, position) => open(`${name}@one.example`, position));
const sending = { state: 'sending', attempt: 1, claimedAt: now, recipients: people } as const;

function recordsOf(change: DeliveryChange): readonly DeliveryRecord[] {
  const records = deliveryRecords(change, { classify, nodeId });
  expect(records.flatMap(recordFaults)).toEqual([]);
  return records;
}

function first(admission: ReturnType<typeof admissionOf>): Delivery {
  return admission.deliveries[0] ?? expect.fail('There is no delivery.');
}

function replied(code: number, enhancedCode: string, text: string): Outcome {
  const reply = { code, enhancedCode, text: `${enhancedCode} ${text}` };
  const evidence = { ...failureEvidence('rcpt', 'none', ''), error: null, host: 'mx.one.example', reply };
  if (code < 300) return { kind: 'delivered', evidence };
  return code < 500 ? { kind: 'deferred', cause: 'message', evidence } : { kind: 'bounced', source: 'smtp', evidence };
}

function attempted(outcomes: readonly Outcome[], onInDoubt: 'retry' | 'hold' = 'retry'): DeliveryChange {
  const admission = admissionOf(['one.example'], { delivery: sending, email: { onInDoubt } });
  const { email } = admission;
  const before = first(admission);
  const context = { email, now: now + 500, scheduleMs: [60_000] as const, fraction: 0.5, classify };
  return { email, before: [before], next: [settle(before, outcomes, context)], outcomes };
}

describe('the page about log records', () => {
  it('is current: npm run build:log-record writes it', () => {
    expect(page).toBe(logRecordPage());
  });

  it('names every field of the schema, and has a record of each kind that is what the schema says', () => {
    for (const name of Object.keys(logRecordSchema.properties)) expect(page).toContain(`| \`${name}\` |`);
    expect([...(logRecordSchema.required ?? [])]).toEqual(Object.keys(logRecordSchema.properties));
    const records = exampleRecords();
    expect(records.flatMap(recordFaults)).toEqual([]);
    expect(records.map(({ type }) => type)).toEqual(logRecordSchema.properties['type']?.enum);
    for (const record of records) expect(page).toContain(JSON.stringify(record));
  });
});

describe('records', () => {
  it('put recipients together who fared alike, and tell apart those who did not', () => {
    const taken = replied(250, '2.0.0', 'Ok');
    const records = recordsOf(attempted([taken, replied(550, '5.1.1', 'No such user'), taken]));
    expect(records).toMatchObject([
      { type: 'Delivery', recipient: ['ada@one.example', 'eve@one.example'], status: 'delivered', retry_at: null },
      {
        type: 'Bounce',
        recipient: 'bob@one.example',
        status: 'bounced',
        response: {
          code: 550,
          enhanced_code: { class: 5, subject: 1, detail: 1 },
          content: 'No such user',
          command: 'RCPT TO',
        },
        bounce_classification: 'invalid_recipient',
        num_attempts: 0,
        attempt: 1,
      },
    ]);
    expect(records[0]?.attempt_id).toBe(`${records[0]?.delivery_id}.1`);
  });

  it('say of a deferral when the next attempt is due, and why, although the ledger does not', () => {
    const [record] = recordsOf(attempted(people.map(() => replied(452, '4.2.2', 'Over quota'))));
    expect(record).toMatchObject({ type: 'TransientFailure', status: 'open', bounce_classification: 'mailbox_full' });
    expect(Date.parse(record?.retry_at ?? '')).toBeGreaterThan(now);
  });

  it.each([
    ['retry', 'open'],
    ['hold', 'unknown'],
  ] as const)('say that an attempt is in doubt, and with %s that the recipient is %s', (onInDoubt, status) => {
    const evidence = failureEvidence('dot', 'timeout', 'The server did not answer in time.');
    const [record] = recordsOf(
      attempted(
        people.map(() => ({ kind: 'in_doubt', evidence })),
        onInDoubt,
      ),
    );
    expect(record).toMatchObject({ type: 'TransientFailure', in_doubt: true, status });
    expect(record?.response).toEqual({
      code: 0,
      enhanced_code: null,
      content: 'The server did not answer in time.',
      command: null,
    });
  });

  it('receive everybody once, those who are suppressed from the start too', () => {
    const [ada, bob] = people.map((one) => (one === people[1] ? suppressedRecipient(one, 'complaint', now) : one));
    if (ada === undefined || bob === undefined) throw new Error('There are two.');
    const { email, deliveries } = admissionOf(['one.example'], { delivery: { recipients: [ada, bob] } });
    expect(recordsOf({ email, before: [], next: deliveries })).toMatchObject([
      { type: 'Reception', recipient: ['ada@one.example', 'bob@one.example'], event: 'email.queued', status: 'open' },
      { type: 'AdminBounce', recipient: 'bob@one.example', event: 'email.suppressed', rule: 'suppression-list' },
    ]);
  });

  it('are none for what happens to no recipient: a release, a postponement, the turn of the schedule', () => {
    const scheduled = admissionOf(['one.example'], {
      email: { scheduledAt: now + 60_000 },
      delivery: { state: 'scheduled', recipients: people },
    });
    const before = first(scheduled);
    const released: Delivery = { ...before, state: 'queued', version: 2 };
    expect(recordsOf({ email: scheduled.email, before: [before], next: [released] })).toEqual([]);

    const { email, deliveries } = admissionOf(['one.example'], { delivery: sending });
    const wait = { kind: 'postponed', group: 'one.example', why: 'rate', until: now + 9_000, soonest: now } as const;
    const next = deliveries.map((one) => postpone(one, email, wait, now));
    expect(recordsOf({ email, before: deliveries, next })).toEqual([]);
  });

  it('tell of those whom a sweep ends: suppressed meanwhile, or too old', () => {
    const { email, deliveries } = admissionOf(['one.example'], { delivery: { recipients: people } });
    const suppressed = new Map([[people[0]?.mailbox ?? mailboxOf('x@y.example'), 'bounce' as const]]);
    const next = deliveries.map((one) =>
      endDelivery(withoutSuppressed(one, suppressed, now + 10), 'expired', now + 10),
    );
    expect(recordsOf({ email, before: deliveries, next })).toMatchObject([
      { type: 'AdminBounce', recipient: 'ada@one.example', bounce_classification: 'suppressed' },
      { type: 'Expiration', recipient: ['bob@one.example', 'eve@one.example'], status: 'expired' },
    ]);
  });

  it("are lines, whatever a server has said and a sender has set, and a bug in them is nobody else's", () => {
    const lines: string[] = [];
    const log = logDeliveries({ write: (line) => lines.push(line) }, quietLog, { classify, nodeId });
    const change = attempted(people.map(() => replied(451, '4.3.0', 'a\u2028b\u0085c\u007f')));
    log.note({ ...change, email: { ...change.email, metadata: { 'a\nb': '\r\n{"type":"Delivery"}' } } });
    expect(lines.join('')).toMatch(/^[\x20-\x7e]+\n$/);
    log.note({ ...change, before: [null as unknown as Delivery] });
    expect(lines).toHaveLength(1);
  });
});
