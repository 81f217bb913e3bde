import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { itemBytes } from '../../bench/cost/dynamodb-units.ts';
import { deliveryKey } from '../../functions/adapters/dynamodb-keys.ts';
import type { Item } from '../../functions/adapters/dynamodb-table.ts';
import { createSqsQueue } from '../../functions/adapters/queue-sqs.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { Delivery } from '../../functions/core/email.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import type { DeliveryId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Admission } from '../../functions/core/ports/admissions.ts';
import type { Claim, DeliveryName } from '../../functions/core/ports/ledger.ts';
import { type AwsNames, type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { admissionOf, mailboxOf, now, project } from '../contract/samples.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { awsError } from './faulty-proxy.ts';
import { createWriteMeter } from './write-units.ts';
import { quietLog } from '../support/quiet-log.ts';

const lease = now + 15 * 60_000;
const watched = now + limits.queuedGraceMs;
const minute = 60_000;

let region: AwsRegion;
let names: AwsNames;
let parts: AwsParts;
beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  names = await region.create();
  parts = open(now);
});

function open(time: number): AwsParts {
  const clock = { now: () => time, sleep: async () => undefined };
  return openAws(region.clients, names, { clock, random: systemRandom, log: quietLog });
}

/** What most mail looks like: one recipient, a readable subject, a tag, an id of the sender's own. */
function typical(domains: readonly string[] = ['recipient.example']): Admission {
  const one = admissionOf(domains, {
    email: {
      from: 'Acme Support <support@mail.acme.example>',
      sender: mailboxOf('support@mail.acme.example'),
      fromDomain: 'mail.acme.example',
      subject: 'Your order 2026-11-4711 is on its way to you',
      tags: ['shipping'],
      metadata: { order_id: '4711-2026-11', customer: '8f3c2a90' },
    },
    delivery: { dueAt: watched },
  });
  const email = { ...one.email, messageId: `<${one.email.id}@mail.acme.example>` };
  const deliveries = one.deliveries.map((delivery) => ({
    ...delivery,
    recipients: delivery.recipients.map((recipient) => ({ ...recipient, attempts: [] })),
  }));
  return { ...one, email, deliveries };
}

async function claimed(name: DeliveryName, leaseUntil = lease): Promise<Delivery> {
  const claim: Claim = await parts.ledger.claim(name, now, leaseUntil);
  if (claim.kind === 'lost') throw new Error(claim.why);
  return claim.delivery;
}

function delivered(delivery: Delivery): Delivery {
  return {
    ...delivery,
    version: delivery.version + 1,
    state: 'ended',
    dueAt: null,
    recipients: delivery.recipients.map((recipient) => ({
      ...recipient,
      status: 'delivered',
      updatedAt: now + 2_345,
      attempts: [
        {
          phase: 'dot',
          host: 'aspmx.l.recipient.example',
          ip: '192.0.2.117',
          port: 25,
          tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true, policy: 'opportunistic' },
          reply: {
            code: 250,
            enhancedCode: '2.0.0',
            text: '2.0.0 OK  1794220800 ffacd0b85a97d-42b7c0e5a1fsi1234567f8f.123 - gsmtp',
          },
          error: null,
          attempt: 1,
          startedAt: now,
          durationMs: 2_345,
          outcome: 'delivered',
        },
      ],
    })),
  };
}

async function itemOf(name: DeliveryName): Promise<Item> {
  const command = new GetItemCommand({ TableName: names.table, Key: deliveryKey(name), ConsistentRead: true });
  return (await region.clients.dynamodb.send(command)).Item ?? {};
}

async function unitsOf(work: () => Promise<unknown>): Promise<number> {
  const bypass = region.bypass();
  const meter = createWriteMeter(bypass);
  region.proxy.fail(async (call) => ({ kind: 'pass', after: await meter.around(call) }));
  await work();
  region.proxy.heal();
  bypass.destroy();
  return meter.units;
}

const idOf = ({ email }: Admission, index = 0): DeliveryId => deliveryIdOf(email.id, index);

const nameOf = (mail: Admission, index = 0): DeliveryName => ({
  id: idOf(mail, index),
  projectId: mail.email.projectId,
});

describe('what a mail costs in write units', () => {
  // Which projects are active is noted once a day and process.
  beforeEach(() => parts.admissions.admit([typical()], [], now));

  it('is three, the listing included, for one recipient at the first attempt', async () => {
    const mail = typical();
    expect(await unitsOf(() => parts.admissions.admit([mail], [], now))).toBe(1);
    expect(await unitsOf(() => parts.ledger.claim(nameOf(mail), now, lease))).toBe(1);
    const { email, deliveries } = mail;
    const end = delivered({ ...(deliveries[0] as Delivery), state: 'sending', version: 2, attempt: 1, claimedAt: now });
    expect(await unitsOf(() => parts.ledger.commit(end))).toBe(1);
    expect(await parts.ledger.find(project, email.id)).toEqual({ email, deliveries: [end] });
    expect(itemBytes(await itemOf(nameOf(mail)))).toBeLessThan(700);
  });

  it('is two more under an Idempotency-Key', async () => {
    const request = { projectId: project, route: 'POST /v1/emails', key: 'order-4711', fingerprint: 'f'.repeat(64) };
    const mail = typical();
    const units = await unitsOf(async () => {
      await parts.idempotency.begin(request, now);
      await parts.admissions.admit([mail], [{ request, status: 202, body: 'x'.repeat(400), warning: null }], now);
      await parts.idempotency.release(request);
      await parts.ledger.commit(delivered(await claimed(nameOf(mail))));
    });
    expect(units).toBe(5);
  });

  it('is three for each further domain, and one for all of them together', async () => {
    const mail = typical(['one.example', 'two.example', 'three.example']);
    const units = await unitsOf(async () => {
      await parts.admissions.admit([mail], [], now);
      for (const one of mail.deliveries) await parts.ledger.commit(delivered(await claimed(one)));
    });
    expect(units).toBe(3 + 2 * 3 + 1);
  });
});

describe('what a mail costs in reads', () => {
  /** Each key of a batch is paid for by itself. */
  const reads = (): number =>
    region.proxy.calls
      .filter(({ operation }) => /^(?:Batch)?GetItem$/.test(operation))
      .reduce((sum, { body }) => sum + (body.match(/"pk":/g) ?? []).length, 0);

  it('is one of the gate for all that a batch has accepted, as its jobs come to a worker together', async () => {
    const mails = Array.from({ length: 10 }, () => typical());
    await parts.admissions.admit(mails, [], now);
    region.proxy.heal();
    const claims = await Promise.all(mails.map((mail) => parts.ledger.claim(nameOf(mail), now, lease)));
    expect(claims.map(({ kind }) => kind)).toEqual(mails.map(() => 'claimed'));
    expect(reads()).toBe(1);
  });

  it('is one of the gate for each time that it was still shut', async () => {
    const mail = typical(['one.example', 'two.example']);
    region.proxy.fail(({ operation, body }) =>
      operation === 'PutItem' && body.includes('"g":') ? awsError('Any') : null,
    );
    const clock = { now: () => now, sleep: async () => undefined };
    const jobs = createSqsQueue(region.clients.sqs, names, clock).receive(2, 1_000);
    await expect(parts.admissions.admit([mail], [], now)).rejects.toThrow('DynamoDB did not do');
    await jobs;
    region.proxy.heal();
    expect(await parts.ledger.claim(nameOf(mail), now, lease)).toEqual({ kind: 'lost', why: 'not_accepted' });
    expect(reads()).toBe(8);
  });

  it('is one of the key that it was sent under', async () => {
    await parts.keys.ensureBootstrapKey('a bootstrap key of some length', now);
    const rights = {
      scopes: ['emails:send'],
      senderDomains: null,
      recipients: null,
      mode: 'live',
      rate: null,
    } as const;
    const { key } = await parts.keys.create({ projectId: project, name: 'Shop', ...rights }, now);
    region.proxy.heal();
    expect(await parts.keys.authenticate(key)).toMatchObject({ projectId: project });
    expect(reads()).toBe(1);
  });
});

describe('what a deferral costs in write units', () => {
  it('is ten, for the entries in the due index', async () => {
    await parts.admissions.admit([typical()], [], now);
    const mail = typical();
    const units = await unitsOf(async () => {
      await parts.admissions.admit([mail], [], now);
      const first = await claimed(nameOf(mail));
      const deferred: Delivery = { ...first, state: 'deferred', version: first.version + 1, dueAt: now };
      await parts.ledger.commit(deferred);
      await parts.ledger.commit({ ...deferred, state: 'queued', version: deferred.version + 1, dueAt: watched });
      await parts.ledger.commit(delivered(await claimed(nameOf(mail), watched + minute)));
    });
    expect(units).toBe(3 + 10);
  });
});

describe('the watch', () => {
  it('brings a delivery whose job has vanished to the sweep', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    expect(await parts.ledger.due(watched - 1, 10)).toEqual([]);
    expect((await parts.ledger.due(watched + minute, 10)).map(({ delivery }) => delivery)).toEqual(mail.deliveries);
  });

  it('brings every delivery of an email, and none that has ended', async () => {
    const mail = typical(['one.example', 'two.example', 'three.example', 'four.example']);
    await parts.admissions.admit([mail], [], now);
    await parts.ledger.commit(delivered(await claimed(nameOf(mail, 1))));
    const sending = await claimed(nameOf(mail, 3), watched + 5 * minute);
    const due = await parts.ledger.due(watched + minute, 10);
    expect(due.map(({ delivery }) => delivery.id).toSorted()).toEqual([idOf(mail, 0), idOf(mail, 2)]);
    const later = await parts.ledger.due(watched + 5 * minute, 10);
    expect(later.map(({ delivery }) => delivery)).toContainEqual(sending);
  });

  it('brings a first attempt whose process has died', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    const sending = await claimed(nameOf(mail), lease);
    expect((await parts.ledger.due(watched + minute, 10)).map(({ delivery }) => delivery)).toEqual([sending]);
  });

  it('leaves a delivery alone that is claimed while it looks, and the claim as it is', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    const claims: Promise<Delivery>[] = [];
    region.proxy.fail(async ({ operation, body }) => {
      if (operation === 'UpdateItem' && body.includes('attribute_not_exists(x)') && body.includes(':seen')) {
        if (claims.length === 0) claims.push(claimed(nameOf(mail), watched + 5 * minute));
        await claims[0];
      }
      return null;
    });
    expect(await parts.ledger.due(watched + minute, 10)).toEqual([]);
    region.proxy.heal();
    const sending = await claims[0];
    expect((await parts.ledger.due(watched + 5 * minute, 10)).map(({ delivery }) => delivery)).toEqual([sending]);
  });

  it('lets a claim win that comes after it, and finds its end', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    await parts.ledger.due(watched + minute, 10);
    const sending = await claimed(nameOf(mail), watched + 9 * minute);
    expect(await parts.ledger.due(watched + minute, 10)).toEqual([]);
    expect(await parts.ledger.due(watched + 9 * minute, 10)).toHaveLength(1);
    await parts.ledger.commit(delivered(sending));
    expect(await parts.ledger.due(watched + 999 * minute, 10)).toEqual([]);
    expect(await itemOf(nameOf(mail))).not.toHaveProperty('x');
  });

  it('goes on where it was when it comes back after hours, in every project', async () => {
    await parts.ledger.due(now, 10);
    const mails = Array.from({ length: 6 }, (_, index) => {
      const mail = typical();
      const projectId = `prj_${index % 3}` as typeof project;
      const createdAt = now + index * 40 * minute;
      const one = admissionOf(['one.example'], { email: { createdAt, projectId } });
      return {
        ...one,
        deliveries: one.deliveries.map((d) => ({
          ...d,
          ...mail.deliveries[0],
          id: d.id,
          emailId: d.emailId,
          projectId,
          dueAt: createdAt + limits.queuedGraceMs,
        })),
      };
    });
    for (const mail of mails) await open(mail.email.createdAt).admissions.admit([mail], [], now);
    const found = new Set<string>();
    const later = open(now);
    for (let calls = 0; calls < 8; calls++) {
      for (const { delivery } of await later.ledger.due(now + 8 * 60 * minute, 100)) found.add(delivery.id);
    }
    expect([...found].toSorted()).toEqual(mails.map((mail) => idOf(mail)).toSorted());
  });

  it('is not needed for rows that were written late, or have to be looked at early', async () => {
    const late = open(now + 6 * minute);
    const mail = typical();
    await late.admissions.admit([mail], [], now);
    expect(await itemOf(nameOf(mail))).toHaveProperty('x');
    const urgent = admissionOf(['one.example'], { delivery: { dueAt: now + minute } });
    await parts.admissions.admit([urgent], [], now);
    expect((await parts.ledger.due(now + minute, 10)).map(({ email }) => email.id)).toEqual([urgent.email.id]);
  });
});

describe('rescheduling several deliveries', () => {
  it('puts back what it has written when somebody comes in between', async () => {
    const mail = admissionOf(['one.example', 'two.example', 'three.example'], {
      email: { scheduledAt: now + minute },
      delivery: { state: 'scheduled', dueAt: now + minute },
    });
    await parts.admissions.admit([mail], [], now);
    const at = now + 9 * minute;
    const next = mail.deliveries.map((delivery) => ({ ...delivery, version: 2, dueAt: at }));
    let canceled: Promise<string> | null = null;
    region.proxy.fail(async ({ operation }) => {
      if (operation === 'UpdateItem' && canceled === null) {
        canceled = parts.ledger.commit(endDelivery(mail.deliveries[0] as Delivery, 'canceled', now));
        await canceled;
      }
      return null;
    });
    expect(await parts.ledger.reschedule({ ...mail.email, scheduledAt: at }, next)).toBe('fenced');
    const found = await parts.ledger.find(project, mail.email.id);
    expect(found?.email).toEqual(mail.email);
    expect(found?.deliveries.map(({ state, dueAt }) => [state, dueAt])).toEqual([
      ['ended', null],
      ['scheduled', now + minute],
      ['scheduled', now + minute],
    ]);
  });

  it('writes nothing when one of them has moved on before', async () => {
    const mail = admissionOf(['one.example', 'two.example', 'three.example'], {
      delivery: { state: 'scheduled', dueAt: now + minute },
    });
    await parts.admissions.admit([mail], [], now);
    await parts.ledger.commit(endDelivery(mail.deliveries[2] as Delivery, 'canceled', now));
    const before = await parts.ledger.find(project, mail.email.id);
    const next = mail.deliveries.map((delivery) => ({ ...delivery, version: 2, dueAt: now + 9 * minute }));
    expect(await parts.ledger.reschedule(mail.email, next)).toBe('fenced');
    expect(await parts.ledger.find(project, mail.email.id)).toEqual(before);
  });

  it('changes the email when its first delivery has ended before', async () => {
    const mail = admissionOf(['one.example', 'two.example'], {
      email: { scheduledAt: now + minute },
      delivery: { state: 'scheduled', dueAt: now + minute },
    });
    await parts.admissions.admit([mail], [], now);
    await parts.ledger.commit(endDelivery(mail.deliveries[0] as Delivery, 'suppressed', now));
    const email = { ...mail.email, scheduledAt: now + 9 * minute };
    const next = { ...(mail.deliveries[1] as Delivery), version: 2, dueAt: now + 9 * minute };
    expect(await parts.ledger.reschedule(email, [next])).toBe('committed');
    const found = await parts.ledger.find(project, mail.email.id);
    expect([found?.email, found?.deliveries[1]]).toEqual([email, next]);
  });
});

describe('the ledger on a DynamoDB that misbehaves', () => {
  it('knows a claim and a commit for its own whose answers were lost', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    const seen = new Set<string>();
    region.proxy.fail(({ operation, body }) => {
      if (operation !== 'UpdateItem' || seen.has(body)) return null;
      seen.add(body);
      return { kind: 'lose_answer' };
    });
    const sending = await claimed(nameOf(mail));
    expect(sending).toMatchObject({ state: 'sending', version: 2, attempt: 1 });
    expect(await parts.ledger.commit(delivered(sending))).toBe('committed');
    expect(seen.size).toBe(2);
  });

  it('rejects a commit that is throttled, and takes it later (Q15)', async () => {
    const mail = typical();
    await parts.admissions.admit([mail], [], now);
    const end = delivered(await claimed(nameOf(mail)));
    region.proxy.fail(() => awsError('ProvisionedThroughputExceededException'));
    await expect(parts.ledger.commit(end)).rejects.toThrow(
      'DynamoDB did not do what it was asked: ProvisionedThroughputExceededException.',
    );
    region.proxy.heal();
    expect(await parts.ledger.commit(end)).toBe('committed');
  });

  it('reads what a batch has left unread', async () => {
    const mails = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const mail = admissionOf(['one.example'], { delivery: { dueAt: now, state: 'deferred' } });
        await parts.admissions.admit([mail], [], now);
        return mail;
      }),
    );
    let batches = 0;
    region.proxy.fail(({ operation, body }) => {
      if (operation !== 'BatchGetItem' || ++batches > 1) return null;
      const { RequestItems } = JSON.parse(body) as { RequestItems: object };
      return { kind: 'answer', status: 200, body: JSON.stringify({ Responses: {}, UnprocessedKeys: RequestItems }) };
    });
    expect(await parts.ledger.due(now, 10)).toHaveLength(mails.length);
  });

  it('keeps a delivery storable whatever its far sides have said', async () => {
    const mail = typical();
    const [first] = mail.deliveries;
    const recipients = Array.from({ length: 50 }, (_, index) => ({
      ...(first as Delivery).recipients[0],
      mailbox: mailboxOf(`user${index}@recipient.example`),
      position: index,
      attempts: Array.from({ length: 25 }, (__, attempt) => ({
        ...delivered(first as Delivery).recipients[0]?.attempts[0],
        attempt: attempt + 1,
        reply: { code: 450, enhancedCode: '4.2.0', text: Buffer.from(systemRandom.bytes(765)).toString('base64') },
      })),
    }));
    await parts.admissions.admit([mail], [], now);
    const sending = await claimed(nameOf(mail));
    const end = { ...endDelivery(sending, 'expired', now), recipients } as Delivery;
    expect(await parts.ledger.commit(end)).toBe('committed');
    const found = await parts.ledger.find(project, mail.email.id);
    const attempts = found?.deliveries[0]?.recipients[49]?.attempts ?? [];
    expect(attempts).toHaveLength(25);
    expect(attempts[24]).toMatchObject({ attempt: 25, reply: { code: 450, enhancedCode: '4.2.0' } });
  });
});
