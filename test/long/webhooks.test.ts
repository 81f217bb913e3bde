import { setTimeout as sleep } from 'node:timers/promises';

import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { createSqliteWebhookDeliveries } from '../../functions/adapters/webhook-deliveries-sqlite.ts';
import { createHttpWebhookSender } from '../../functions/adapters/webhook-sender-http.ts';
import { createSqliteWebhooks } from '../../functions/adapters/webhooks-sqlite.ts';
import { addWebhook } from '../../functions/core/webhooks/add-webhook.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { pumpWebhooks } from '../../functions/core/webhooks/pump-webhooks.ts';
import { replayWebhook } from '../../functions/core/webhooks/replay-webhook.ts';
import { timeline } from '../../functions/core/timeline.ts';
import type { WebhookDelivery } from '../../functions/core/webhooks/webhook-delivery.ts';
import { renderProjectEvent } from '../../functions/http/webhooks/project-event-view.ts';
import { adjustableClock, temporaryDirectory, temporaryStore } from '../adapters/temporary-store.ts';
import { admissionOf, project } from '../contract/samples.ts';
import { startPostern } from '../support/postern-process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const emails = 5_000;
const eventsPerEmail = 2;
const temporary = temporaryStore();
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
});

afterAll(async () => {
  await receiver.close();
  await temporary.dispose();
});

it('10,000 events reach an endpoint that fails every third call: all, in order, none signed wrongly (Q26)', async () => {
  const { store } = temporary;
  const clock = adjustableClock();
  const logged = (): void => undefined;
  const deliveries = createSqliteWebhookDeliveries(store);
  const ports = {
    clock,
    random: systemRandom,
    log: { info: logged, warn: logged, error: logged },
    webhooks: createSqliteWebhooks(store),
    deliveries,
    secretBox: createAesSecretBox(Buffer.alloc(32, 1), systemRandom),
    render: renderProjectEvent,
    sender: createHttpWebhookSender({
      findAddresses: async (host) => ({ kind: 'addresses', ips: [host] }),
      allowPrivateAddresses: true,
      trustedCas: [],
      clock,
    }),
  };
  const fields = { url: receiver.url, description: null, events: null, tags: null };
  const added = await addWebhook(project, fields, ports);
  if (added === 'full') throw new Error('There is room.');
  const verifier = new PublicVerifier(added.secret);
  const taken = new Map<string, string[]>();
  let calls = 0;
  let wronglySigned = 0;
  receiver.answerWith(({ headers, body }, response) => {
    const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signature } = headers;
    // Its clock runs ahead with ours, so the verifier's own is not asked.
    if (verifier.sign(String(id), new Date(Number(at) * 1_000), body) !== signature) wronglySigned++;
    const fails = ++calls % 3 === 0;
    const { email_id: email } = JSON.parse(body) as { email_id: string };
    if (!fails) taken.set(email, [...(taken.get(email) ?? []), String(id)]);
    response.writeHead(fails ? 500 : 204).end();
  });

  const stopping = new AbortController();
  const pumping = pumpWebhooks(ports, stopping.signal);
  const expected = new Map<string, string[]>();
  for (let made = 0; made < emails; made += 100) {
    await Promise.all(Array.from({ length: 100 }, () => makeEmail(clock.now(), expected)));
  }
  const listed = (status: WebhookDelivery['status']) =>
    deliveries.list(added.webhook.id, { limit: 100_000, before: null, status });
  const allEnded = async (): Promise<void> => {
    for (let quiet = 0; ;) {
      const before = calls;
      await clock.sleep(200);
      if ((await listed('pending')).length === 0) return;
      // When nobody calls any more, all that is left waits for its time.
      quiet = calls === before ? quiet + 1 : 0;
      if (quiet >= 7) clock.advance(31 * 60_000);
    }
  };
  await allEnded();
  // Of 10,000, one or two meet eight failures in a row; then an operator replays them, and they come late.
  const late = new Set<string>();
  for (let failed = await listed('failed'); failed.length > 0; failed = await listed('failed')) {
    for (const { event } of failed) {
      late.add(event.stream.slice(0, event.stream.indexOf('/')));
      await replayWebhook(added.webhook, event.id, ports);
    }
    await allEnded();
  }
  stopping.abort();
  await pumping;
  ports.sender.close();

  expect([taken.size, wronglySigned]).toEqual([emails, 0]);
  expect(late.size).toBeLessThan(10);
  for (const email of late) {
    expect(taken.get(email)?.toSorted()).toEqual(expected.get(email)?.toSorted());
    for (const told of [taken, expected]) told.delete(email);
  }
  expect(taken).toEqual(expected);
  console.log(
    `${emails * eventsPerEmail} events in ${calls} calls, ${late.size} replayed, over ${receiver.connections()} connections`,
  );

  async function makeEmail(now: number, into: Map<string, string[]>): Promise<void> {
    const admission = admissionOf(['one.example'], { email: { createdAt: now } });
    const queued = admission.deliveries.map((delivery) => ({
      ...delivery,
      recipients: delivery.recipients.map((one) => ({ ...one, attempts: [], updatedAt: now })),
    }));
    await createSqliteAdmissions(store).admit([{ ...admission, deliveries: queued }], [], now);
    const ended = queued.map((delivery) => endDelivery(delivery, 'canceled', now + 1));
    for (const delivery of ended) await createSqliteLedger(store).commit(delivery);
    into.set(
      admission.email.id,
      timeline(admission.email, ended).map(({ id }) => id),
    );
  }
}, 600_000);

it('what an endpoint is owed outlives a process that is killed', async () => {
  const { directory, dispose } = temporaryDirectory();
  const settings = { POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true' };
  const second = await startWebhookReceiver();
  second.answerWith(503);
  const first = await startPostern(directory, settings);
  const added = await first.request('POST', '/v1/webhooks', { url: second.url });
  const { secret } = (await added.json()) as { secret: string };
  const email = { from: 'a@sender.example', to: 'delivered@sandbox.example', subject: 'Hello', text: 'Hello' };
  const ids: string[] = [];
  for (let sent = 0; sent < 50; sent++) {
    ids.push(((await (await first.request('POST', '/v1/emails', email)).json()) as { id: string }).id);
  }
  await first.stop('SIGKILL');
  const before = second.received.length;
  second.answerWith(204);
  const again = await startPostern(directory, settings);
  const timelineOf = async (id: string): Promise<readonly { id: string; type: string }[]> =>
    ((await (await again.request('GET', `/v1/emails/${id}/events`)).json()) as { data: { id: string; type: string }[] })
      .data;
  const told = (): ReadonlySet<string> =>
    new Set(
      second.received.slice(before).map(({ body, headers }) => {
        new PublicVerifier(secret).verify(body, headers as Record<string, string>);
        return (JSON.parse(body) as { id: string }).id;
      }),
    );
  let missing: readonly { type: string }[] = [];
  for (let waits = 0; waits < 600; waits++) {
    await sleep(200);
    const timelines = await Promise.all(ids.map(timelineOf));
    const known = told();
    missing = timelines.flat().filter(({ id }) => !known.has(id));
    const ended = timelines.every((events) => events.some(({ type }) => type === 'email.delivered'));
    if (ended && missing.length === 0) break;
  }
  await again.stop();
  await second.close();
  dispose();
  expect(missing).toEqual([]);
}, 600_000);
