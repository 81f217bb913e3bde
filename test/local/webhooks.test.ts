import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let temporary: ReturnType<typeof temporaryDirectory>;
let receiver: WebhookReceiver;
let postern: PosternProcess;

beforeEach(async () => {
  temporary = temporaryDirectory();
  receiver = await startWebhookReceiver();
  postern = await startPostern(temporary.directory, { POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true' });
});

afterEach(async () => {
  await postern.stop('SIGKILL');
  await receiver.close();
  temporary.dispose();
});

it('An email that was sent is heard of at an endpoint, in order and signed', async () => {
  const added = await postern.request('POST', '/v1/webhooks', { url: receiver.url });
  const { id, secret } = (await added.json()) as { id: string; secret: string };
  const email = { from: 'a@sender.example', to: 'delivered@sandbox.example', subject: 'Hello', text: 'Hello' };
  const sent = await postern.request('POST', '/v1/emails', email);
  const { id: emailId } = (await sent.json()) as { id: string };
  const received = await receiver.until(2);
  const events = received.map(({ body, headers }) =>
    new PublicVerifier(secret).verify(body, headers as Record<string, string>),
  );
  const timeline = (await (await postern.request('GET', `/v1/emails/${emailId}/events`)).json()) as { data: unknown[] };
  expect(events).toEqual(timeline.data);
  expect(events).toMatchObject([{ type: 'email.queued' }, { type: 'email.delivered' }]);
  const test = await postern.request('POST', `/v1/webhooks/${id}/test`);
  expect(await test.json()).toMatchObject({ attempt: { outcome: 'delivered' } });
  expect(await postern.stop()).toBe(0);
  expect(postern.output()).not.toContain(secret);
});
