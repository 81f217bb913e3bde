import { afterEach, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { classify } from '../../functions/bounce/classify.ts';
import { bury } from '../../functions/core/bury.ts';
import { deliver, type DeliverPorts } from '../../functions/core/deliver.ts';
import { deliveryRecords } from '../../functions/core/delivery-log/delivery-record.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import type { DeliveryLog } from '../../functions/core/ports/delivery-log.ts';
import type { Ledger } from '../../functions/core/ports/ledger.ts';
import { type EmbeddedParts, openEmbedded } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf } from '../contract/samples.ts';
import { recordFaults } from '../support/log-record-schema.ts';
import { quietLog } from '../support/quiet-log.ts';

const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let noted: string[];

const deliveryLog: DeliveryLog = {
  note(change) {
    const records = deliveryRecords(change, { classify, nodeId: 'here' });
    expect(records.flatMap(recordFaults)).toEqual([]);
    noted.push(...records.map(({ type, event, status }) => `${type} ${event} ${status}`));
  },
};

beforeEach(() => {
  noted = [];
  temporary = temporaryDirectory();
  const ambient = { clock: systemClock, random: systemRandom };
  const opened = openEmbedded({ dataDir: temporary.directory, masterKey: null }, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  ({ parts } = opened);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

async function admitted() {
  const admission = admissionOf(['one.example'], { email: { expiresAt: Date.now() + 600_000 } });
  await parts.admissions.admit([admission], [], Date.now());
  const { email, deliveries } = admission;
  const delivery = deliveries[0] ?? expect.fail('There is a delivery.');
  const content = { kind: 'stored' } as const;
  const job = { version: 1, deliveryId: delivery.id, emailId: email.id, projectId: email.projectId, content } as const;
  return { delivery, job };
}

/** `meanwhile` happens while the server is spoken to. */
function deliverPorts(meanwhile: () => Promise<unknown>, changes: Partial<DeliverPorts> = {}): DeliverPorts {
  const evidence = failureEvidence('dot', 'none', '');
  const reply = { code: 250, enhancedCode: null, text: 'Ok' };
  const transport: DeliverPorts['transport'] = {
    async attempt() {
      await meanwhile();
      return [{ kind: 'delivered', evidence: { ...evidence, error: null, reply } }];
    },
  };
  return {
    ...parts,
    transport,
    simulator: transport,
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify,
    clock: systemClock,
    random: systemRandom,
    log: quietLog,
    deliveryLog,
    retryScheduleMs: [60_000],
    attemptMs: 10_000,
    ...changes,
  };
}

const { signal } = new AbortController();

it('An outcome is noted once it is on record, and not while the store is out of reach', async () => {
  const { job } = await admitted();
  let refusals = 0;
  const ledger: Ledger = {
    ...parts.ledger,
    async commit(next) {
      expect(noted).toEqual([]);
      if (refusals++ === 0) throw new Error('The store is busy.');
      return await parts.ledger.commit(next);
    },
  };
  const nothing = () => Promise.resolve();
  expect(await deliver(job, deliverPorts(nothing, { ledger }), signal)).toBe('done');
  expect(noted).toEqual(['Delivery email.delivered delivered']);
});

it('An attempt that was fenced out has no record: the one who had the delivery by then speaks for it', async () => {
  const { delivery, job } = await admitted();
  const rival = async (): Promise<void> => {
    const held = await parts.ledger.look({ id: delivery.id, projectId: delivery.projectId });
    if (held.kind === 'found') await parts.ledger.commit(endDelivery(held.delivery, 'failed', Date.now()));
  };
  expect(await deliver(job, deliverPorts(rival), signal)).toBe('done');
  expect(noted).toEqual([]);
});

it('A dead letter ends as an AdminBounce', async () => {
  const { job } = await admitted();
  const ports = { ...parts, classify, clock: systemClock, log: quietLog, deliveryLog, keep: async () => undefined };
  expect(await bury([{ kind: 'job', id: 'm1', body: '', job, isSetAside: true }], ports)).toEqual([]);
  expect(noted).toEqual(['AdminBounce email.failed failed']);
});
