import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteAdmissions } from '../../../functions/adapters/admissions-sqlite.ts';
import { createSqliteLedger } from '../../../functions/adapters/ledger-sqlite.ts';
import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../../functions/adapters/secret-box-aes.ts';
import { createSqliteWebhookDeliveries } from '../../../functions/adapters/webhook-deliveries-sqlite.ts';
import { createHttpWebhookSender } from '../../../functions/adapters/webhook-sender-http.ts';
import { createSqliteWebhooks } from '../../../functions/adapters/webhooks-sqlite.ts';
import { addWebhook, rotateWebhookSecret } from '../../../functions/core/webhooks/add-webhook.ts';
import { endDelivery } from '../../../functions/core/end-delivery.ts';
import { limits } from '../../../functions/core/limits.ts';
import { pumpWebhooks } from '../../../functions/core/webhooks/pump-webhooks.ts';
import { replayWebhook } from '../../../functions/core/webhooks/replay-webhook.ts';
import type { Webhook } from '../../../functions/core/webhooks/webhook.ts';
import type { WebhookDelivery } from '../../../functions/core/webhooks/webhook-delivery.ts';
import { renderProjectEvent } from '../../../functions/http/webhooks/project-event-view.ts';
import { adjustableClock, temporaryStore } from '../../adapters/temporary-store.ts';
import { admissionOf, project } from '../../contract/samples.ts';
import { eventOf } from '../../contract/webhook-samples.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

type Body = { readonly type: string; readonly recipient: string };

const day = 86_400_000;
let temporary: ReturnType<typeof temporaryStore>;
let clock: ReturnType<typeof adjustableClock>;
let receiver: WebhookReceiver;
let others: WebhookReceiver[];
let logged: string[];
let stopping: AbortController;
let pumping: Promise<void>;

beforeEach(async () => {
  temporary = temporaryStore();
  clock = adjustableClock();
  receiver = await startWebhookReceiver();
  others = [];
  logged = [];
  stopping = new AbortController();
  pumping = Promise.resolve();
});

afterEach(async () => {
  await stop();
  for (const one of [receiver, ...others]) await one.close();
  await temporary.dispose();
});

function ports() {
  const { store } = temporary;
  const note = (event: string, fields = {}): void => void logged.push(JSON.stringify({ event, ...fields }));
  return {
    clock,
    random: systemRandom,
    log: { info: note, warn: note, error: note },
    webhooks: createSqliteWebhooks(store),
    deliveries: createSqliteWebhookDeliveries(store),
    secretBox: createAesSecretBox(Buffer.alloc(32, 1), systemRandom),
    render: renderProjectEvent,
    sender: createHttpWebhookSender({
      findAddresses: async (host) => ({ kind: 'addresses', ips: [host] }),
      allowPrivateAddresses: true,
      trustedCas: [],
      clock,
    }),
  };
}

function start(): void {
  const all = ports();
  const { signal } = stopping;
  pumping = pumpWebhooks(all, signal).finally(() => all.sender.close());
}

async function stop(): Promise<void> {
  stopping.abort();
  await pumping;
  stopping = new AbortController();
}

async function add(url = receiver.url, fields: Partial<Webhook> = {}): Promise<{ webhook: Webhook; secret: string }> {
  const added = await addWebhook(project, { url, description: null, events: null, tags: null, ...fields }, ports());
  if (added === 'full') throw new Error('There is room.');
  return added;
}

/** An email to some domains, accepted and then ended, recipient by recipient. */
async function tell(domains: readonly string[] = ['one.example']): Promise<string> {
  const { store } = temporary;
  const now = clock.now();
  const admission = admissionOf(domains, { email: { createdAt: now } });
  const deliveries = admission.deliveries.map((delivery, position) => ({
    ...delivery,
    recipients: delivery.recipients.map((one) => ({ ...one, position, attempts: [], updatedAt: now })),
  }));
  await createSqliteAdmissions(store).admit([{ ...admission, deliveries }], [], now);
  for (const delivery of deliveries) {
    await createSqliteLedger(store).commit(endDelivery(delivery, 'canceled', clock.now()));
  }
  return admission.email.id;
}

function bodies(from = receiver): readonly Body[] {
  return from.received.map(({ body }) => JSON.parse(body) as Body);
}

async function listed(webhook: Webhook): Promise<readonly WebhookDelivery[]> {
  return await createSqliteWebhookDeliveries(temporary.store).list(webhook.id, {
    limit: 100,
    before: null,
    status: null,
  });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 500) throw new Error(`It did not come to that:\n${logged.join('\n')}`);
    await clock.sleep(10);
  }
}

async function settled(webhook: Webhook): Promise<readonly WebhookDelivery[]> {
  await until(async () => (await listed(webhook)).every(({ status }) => status !== 'pending'));
  return await listed(webhook);
}

async function found(webhook: Webhook): Promise<Webhook> {
  const now = await ports().webhooks.find(project, webhook.id);
  if (now === null) throw new Error('It is there.');
  return now;
}

describe('an endpoint', () => {
  it('is told of everything, in order for each recipient, signed so that the public verifier agrees (X13)', async () => {
    const { secret, webhook } = await add();
    start();
    const id = await tell(['one.example', 'two.example']);
    await receiver.until(4);
    const byRecipient = Map.groupBy(bodies(), ({ recipient }) => recipient);
    expect(
      new Map(Array.from(byRecipient, ([recipient, events]) => [recipient, events.map(({ type }) => type)])),
    ).toEqual(
      new Map([
        ['bob@one.example', ['email.queued', 'email.canceled']],
        ['bob@two.example', ['email.queued', 'email.canceled']],
      ]),
    );
    for (const { body, headers } of receiver.received) {
      expect(new PublicVerifier(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        id: headers['webhook-id'],
        email_id: id,
      });
    }
    expect((await settled(webhook)).map(({ status, attempts }) => [status, attempts.length])).toEqual(
      Array.from({ length: 4 }, () => ['delivered', 1]),
    );
  });

  it('cannot be deceived by a changed or old request (X13)', async () => {
    const { secret } = await add();
    start();
    await tell();
    const [request] = await receiver.until(1);
    if (request === undefined) throw new Error('One has come.');
    const verifier = new PublicVerifier(secret);
    const headers = request.headers as Record<string, string>;
    expect(() => verifier.verify(`${request.body} `, headers)).toThrow('No matching signature found');
    expect(() => verifier.verify(request.body, { ...headers, 'webhook-id': 'evt_other' })).toThrow(
      'No matching signature found',
    );
    const old = String(Number(headers['webhook-timestamp']) - 3_600);
    expect(() => verifier.verify(request.body, { ...headers, 'webhook-timestamp': old })).toThrow(
      'Message timestamp too old',
    );
  });

  it('gets the same event again, word for word under the same id, until it takes it (Q26)', async () => {
    const { webhook } = await add();
    receiver.answerWith((_, response) => response.writeHead(receiver.received.length < 3 ? 500 : 200).end());
    await ports().deliveries.append(eventOf({ at: clock.now() }));
    start();
    await receiver.until(1);
    for (const waitMs of [6_000, 6 * 60_000]) {
      const before = receiver.received.length;
      await until(async () => (await listed(webhook)).every(({ attempts }) => attempts.length === before));
      clock.advance(waitMs);
      await receiver.until(before + 1);
    }
    const [delivery] = await settled(webhook);
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([delivery?.event.id]),
    );
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    const times = receiver.received.map(({ headers }) => headers['webhook-timestamp']);
    expect(new Set(times).size).toBe(3);
    await until(async () => (await found(webhook)).failingSince === null);
  });

  it('holds back the later events of a recipient while an earlier one waits, and nobody else', async () => {
    const { webhook } = await add();
    receiver.answerWith(({ body }, response) => {
      response.writeHead(receiver.received.length > 3 || !body.includes('bob@one') ? 204 : 503).end();
    });
    start();
    await tell(['one.example', 'two.example']);
    await receiver.until(3);
    await until(async () => (await listed(webhook)).filter(({ status }) => status === 'delivered').length === 2);
    expect(bodies().filter(({ recipient }) => recipient === 'bob@one.example')).toHaveLength(1);
    clock.advance(6_000);
    await settled(webhook);
    expect(bodies().flatMap(({ recipient, type }) => (recipient === 'bob@one.example' ? [type] : []))).toEqual([
      'email.queued',
      'email.queued',
      'email.canceled',
    ]);
  });

  it('that is slow holds up no other (Q26)', async () => {
    receiver.answerWith(() => undefined);
    await add();
    const fast = await startWebhookReceiver();
    others.push(fast);
    await add(fast.url);
    start();
    for (let emails = 0; emails < 2 * limits.webhookLanesPerEndpoint; emails++) await tell();
    await fast.until(4 * limits.webhookLanesPerEndpoint);
    expect(receiver.received.length).toBe(limits.webhookLanesPerEndpoint);
  });

  it('comes to its turn however many others never answer (Q26)', async () => {
    receiver.answerWith(() => undefined);
    for (let hooks = 0; hooks < limits.webhooksPerProject - 1; hooks++) await add(`${receiver.url}/${hooks}`);
    const fast = await startWebhookReceiver();
    others.push(fast);
    await add(fast.url);
    for (let emails = 0; emails < limits.webhookLanesPerEndpoint; emails++) await tell();
    start();
    expect(await fast.until(2 * limits.webhookLanesPerEndpoint)).not.toEqual([]);
  });

  it('is disabled when it says that it is gone, and others are told', async () => {
    const { webhook } = await add();
    const second = await startWebhookReceiver();
    others.push(second);
    await add(second.url, { events: ['webhook.disabled'] });
    receiver.answerWith(410);
    start();
    await tell();
    await second.until(1);
    expect((await found(webhook)).disabled).toMatchObject({ why: 'gone' });
    expect(JSON.parse(second.received[0]?.body ?? '')).toMatchObject({
      type: 'webhook.disabled',
      data: { webhook: { id: webhook.id, url: receiver.url, reason: 'gone' } },
    });
    expect((await settled(webhook)).map(({ status, attempts }) => `${status} ${attempts.length}`).toSorted()).toEqual([
      'failed 0',
      'failed 1',
    ]);
    await tell();
    expect(await listed(webhook)).toHaveLength(2);
    await until(() => logged.some((line) => line.includes('"webhook_disabled"')));
    expect(logged.filter((line) => line.includes('"webhook_disabled"'))).toHaveLength(1);
  });

  it('is disabled when it has taken nothing for five days', async () => {
    const { webhook } = await add();
    receiver.answerWith(500);
    await ports().deliveries.append(eventOf({ at: clock.now() }));
    start();
    await receiver.until(1);
    await until(async () => (await found(webhook)).failingSince !== null);
    clock.advance(5 * day + 60_000);
    await receiver.until(2);
    await until(async () => (await found(webhook)).disabled !== null);
    expect((await found(webhook)).disabled?.why).toBe('failing');
  });

  it('that was removed gets nothing of what it was owed', async () => {
    const { webhook } = await add();
    await tell();
    await ports().webhooks.remove(project, webhook.id);
    start();
    expect((await settled(webhook)).map(({ status, attempts }) => [status, attempts.length])).toEqual([
      ['failed', 0],
      ['failed', 0],
    ]);
    expect(receiver.received).toEqual([]);
  });

  it('gets events signed with both secrets while one replaces the other', async () => {
    const { webhook, secret } = await add();
    const rotated = await rotateWebhookSecret(project, webhook.id, 60_000, ports());
    if (rotated === null) throw new Error('It is there.');
    start();
    await ports().deliveries.append(eventOf({ at: clock.now() }));
    const [first] = await receiver.until(1);
    clock.advance(60_001);
    await ports().deliveries.append(eventOf({ at: clock.now() }));
    const [, second] = await receiver.until(2);
    const accepted = [first, second].map((request) =>
      [secret, rotated.secret].map((one) => {
        const verifier = new PublicVerifier(one);
        const headers = { ...request?.headers } as Record<string, string>;
        try {
          return verifier.verify(request?.body ?? '', headers) !== undefined;
        } catch {
          return false;
        }
      }),
    );
    expect(accepted).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('gets an event once more when it is replayed', async () => {
    const { webhook } = await add();
    start();
    const event = eventOf({ at: clock.now() });
    await ports().deliveries.append(event);
    await settled(webhook);
    expect(await replayWebhook(webhook, event.id, ports())).toMatchObject({ kind: 'replayed' });
    await receiver.until(2);
    const [delivery] = await settled(webhook);
    expect(delivery?.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'delivered'],
      [2, 'delivered'],
    ]);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  });
});

describe('the pump', () => {
  it('sends what was owed when the process ended, whatever it was doing', async () => {
    const { webhook } = await add();
    receiver.answerWith(() => undefined);
    start();
    await tell();
    await receiver.until(1);
    await stop();
    receiver.answerWith(204);
    clock.advance(limits.webhookLeaseMs + 1);
    start();
    await settled(webhook);
    expect(bodies().map(({ type }) => type)).toEqual(['email.queued', 'email.queued', 'email.canceled']);
    // Whoever stops us is not the endpoint's fault.
    expect((await found(webhook)).failingSince).toBeNull();
  });

  it('forgets what ended long ago', async () => {
    const { webhook } = await add();
    start();
    await tell();
    await settled(webhook);
    const { deliveries } = ports();
    expect(await deliveries.purge(clock.now() - 60_000)).toBe(0);
    expect(await deliveries.purge(clock.now() + 1)).toBe(2);
    expect(await listed(webhook)).toEqual([]);
  });
});
