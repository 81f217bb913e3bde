import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createReturnPaths } from '../../../functions/bounce/return-path.ts';
import type { Delivery } from '../../../functions/core/email.ts';
import type { ProjectId } from '../../../functions/core/ids.ts';
import { addressOf } from '../../../functions/core/mailbox.ts';
import { takeReport, type TakeReportPorts } from '../../../functions/core/returned/take-report.ts';
import { returnedMailOf } from '../../../functions/http/read-returned-mail.ts';
import type { EmbeddedParts } from '../../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../../adapters/temporary-store.ts';
import { admissionOf, now, project, recipientOf } from '../../contract/samples.ts';
import { complaintReport, deliveryReport } from '../../support/returned-mail.ts';
import { openParts } from '../../support/embedded-parts.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const returnPaths = createReturnPaths('back.example', [new Uint8Array(32)]);
const anybody = { projectId: null, dryRun: false };

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let time: number;
let sleeps: (() => Promise<void>)[];
let recorded: unknown[];

beforeEach(() => {
  temporary = temporaryDirectory();
  time = now + 1_000;
  sleeps = [];
  recorded = [];
  parts = openParts(temporary.directory, clock);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

const clock = {
  now: () => time,
  async sleep(ms: number) {
    time += ms;
    await sleeps.shift()?.();
  },
};

function portsWith(changes: Partial<TakeReportPorts> = {}): TakeReportPorts {
  const metrics = { record: (event: string, measures: object) => void recorded.push([event, measures]) };
  return { ...parts, clock, log: silent, metrics, returnPaths, readReturnedMail: returnedMailOf, ...changes };
}

async function admitted(changes: Partial<Delivery> = {}): Promise<Delivery> {
  const recipients = ['ada@one.example', 'bob@one.example'].map((address, position) => ({
    ...recipientOf(address),
    position,
    status: 'delivered' as const,
    updatedAt: now,
  }));
  const delivery = { state: 'ended', dueAt: null, recipients, ...changes } as const;
  const admission = admissionOf(['one.example'], { delivery });
  await parts.admissions.admit([admission], [], now);
  const [first] = admission.deliveries;
  if (first === undefined) throw new Error('There is a delivery.');
  return first;
}

function pathOf({ id, projectId }: Delivery, position: number | null = null): string {
  return addressOf(returnPaths.addressFor({ projectId, deliveryId: id, position }, now));
}

async function stored({ projectId, emailId }: Delivery): Promise<Delivery | undefined> {
  return (await parts.ledger.find(projectId, emailId))?.deliveries[0];
}

const bobFailed = [{ address: 'bob@one.example' }];

async function take(text: string, context: Parameters<typeof takeReport>[1] = anybody, ports = portsWith()) {
  const { token, settled } = await takeReport(Buffer.from(text), context, ports);
  return { token, settled };
}

describe('a mail that came back (X24)', () => {
  it('to a return path of ours ends its recipient and takes the address off the list of those who are mailed', async () => {
    const delivery = await admitted();
    expect(await take(deliveryReport(pathOf(delivery), bobFailed))).toEqual({ token: 'valid', settled: true });
    expect((await stored(delivery))?.recipients.map(({ status }) => status)).toEqual(['delivered', 'bounced']);
    expect(await parts.suppressions.find(project, 'bob@one.example', time)).toMatchObject({
      reason: 'bounce',
      note: expect.stringContaining('No such user') as string,
    });
    expect(await parts.suppressions.find(project, 'ada@one.example', time)).toBeNull();
  });

  it('once more changes nothing, and brings back no entry that somebody has taken off', async () => {
    const delivery = await admitted();
    const text = deliveryReport(pathOf(delivery), bobFailed);
    await take(text);
    const before = await stored(delivery);
    await parts.suppressions.remove(project, 'bob@one.example', time);
    expect(await take(text)).toEqual({ token: 'valid', settled: true });
    expect(await stored(delivery)).toEqual(before);
    expect(await parts.suppressions.find(project, 'bob@one.example', time)).toBeNull();
  });

  it('loses no suppression to a store that fails in between, when it comes again', async () => {
    const delivery = await admitted();
    const text = deliveryReport(pathOf(delivery), bobFailed);
    const suppressions = { add: () => Promise.reject(new Error('Out of reach.')) };
    await expect(take(text, anybody, portsWith({ suppressions }))).rejects.toThrow('Out of reach.');
    expect(await take(text)).toEqual({ token: 'valid', settled: true });
    expect((await stored(delivery))?.recipients[1]?.status).toBe('bounced');
    expect(await parts.suppressions.find(project, 'bob@one.example', time)).not.toBeNull();
  });

  it('is counted once, as what it made of its recipients', async () => {
    const delivery = await admitted();
    for (let times = 0; times < 2; times++) {
      await take(deliveryReport(pathOf(delivery), bobFailed));
      await take(complaintReport(pathOf(delivery, 0), null));
    }
    expect(recorded).toEqual([
      ['report', { bounced: 1 }],
      ['report', { complained: 1 }],
    ]);
  });

  it('as a complaint is noted beside what became of the mail', async () => {
    const delivery = await admitted();
    await take(complaintReport(pathOf(delivery, 0), null));
    expect((await stored(delivery))?.recipients).toMatchObject([
      { status: 'delivered', complainedAt: time },
      { status: 'delivered' },
    ]);
    expect(await parts.suppressions.find(project, 'ada@one.example', time)).toMatchObject({ reason: 'complaint' });
  });

  it.each([
    ['forged', (path: string) => path.replace(/.@/, (last) => (last === '0@' ? '1@' : '0@')), anybody, 'invalid'],
    ['of another project', (path: string) => path, { ...anybody, projectId: 'prj_other' as ProjectId }, 'invalid'],
    ['at another domain', (path: string) => path.replace('back.', 'other.'), anybody, 'none'],
    ['without a token', () => 'bounce@back.example', anybody, 'none'],
    ['only to be read', (path: string) => path, { ...anybody, dryRun: true }, 'valid'],
  ] as const)('%s changes nothing', async (_, change, context, token) => {
    const delivery = await admitted();
    expect(await take(deliveryReport(change(pathOf(delivery)), bobFailed), context)).toMatchObject({ token });
    expect(await stored(delivery)).toEqual(delivery);
    expect(await parts.suppressions.find(project, 'bob@one.example', time)).toBeNull();
  });

  it('too late, or where no return path is configured, changes nothing', async () => {
    const delivery = await admitted();
    const text = deliveryReport(pathOf(delivery), bobFailed);
    expect(await take(text, anybody, portsWith({ returnPaths: null }))).toMatchObject({ token: 'none' });
    time += 40 * 86_400_000;
    expect(await take(text)).toMatchObject({ token: 'invalid' });
    expect(await stored(delivery)).toEqual(delivery);
  });

  it('is taken as the project of its key has it, and for anybody where there is no key', async () => {
    const delivery = await admitted();
    const text = deliveryReport(pathOf(delivery), bobFailed);
    expect(await take(text, { projectId: project, dryRun: true })).toMatchObject({ token: 'valid' });
    expect(await take(text, { projectId: null, dryRun: true })).toMatchObject({ token: 'valid' });
  });

  it('is about the return path of its envelope, wherever else it says that it went to', async () => {
    const [one, other] = [await admitted(), await admitted()];
    const toOther = deliveryReport(pathOf(other), bobFailed);
    expect(await take(toOther, { ...anybody, sentTo: [pathOf(one)] })).toEqual({ token: 'valid', settled: true });
    expect([(await stored(one))?.recipients[1]?.status, await stored(other)]).toEqual(['bounced', other]);
    const toNobody = deliveryReport('postmaster@mx.example', bobFailed);
    expect(await take(toNobody, { ...anybody, sentTo: ['x@back.example'] })).toMatchObject({ token: 'none' });
    expect(await take(toNobody, { ...anybody, sentTo: [pathOf(other)] })).toMatchObject({ token: 'valid' });
    expect((await stored(other))?.recipients[1]?.status).toBe('bounced');
  });

  it('faster than the record of its attempt waits for it', async () => {
    const open = (await admitted()).recipients.map((one) => ({ ...one, status: 'open' as const }));
    const delivery = await admitted({ state: 'sending', dueAt: now + 60_000, recipients: open });
    const recipients = delivery.recipients.map((one) => ({ ...one, status: 'delivered' as const, updatedAt: time }));
    const committed = { ...delivery, version: 2, state: 'ended' as const, dueAt: null, recipients };
    sleeps = [async () => undefined, async () => void (await parts.ledger.commit(committed))];
    expect(await take(deliveryReport(pathOf(delivery), bobFailed))).toEqual({ token: 'valid', settled: true });
    expect((await stored(delivery))?.recipients.map(({ status }) => status)).toEqual(['delivered', 'bounced']);
  });

  it('has to come again when the attempt takes longer, and does not fence out its worker', async () => {
    const open = (await admitted()).recipients.map((one) => ({ ...one, status: 'open' as const }));
    const delivery = await admitted({ state: 'sending', dueAt: now + 60_000, recipients: open });
    expect(await take(deliveryReport(pathOf(delivery), bobFailed))).toEqual({ token: 'valid', settled: false });
    expect(await stored(delivery)).toEqual(delivery);
    expect(await parts.suppressions.find(project, 'bob@one.example', time)).toBeNull();
  });

  it('twice at the same time has the effect of one', async () => {
    const delivery = await admitted();
    const text = deliveryReport(pathOf(delivery), bobFailed);
    expect(await Promise.all([take(text), take(text), take(text)])).toMatchObject([
      { settled: true },
      { settled: true },
      { settled: true },
    ]);
    expect((await stored(delivery))?.version).toBe(2);
  });
});
