import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { type AwsDeployment, deployToAws } from '../support/aws-deployment.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

type Event = { readonly type: string; readonly email_id?: string };

let region: AwsRegion;
let aws: AwsDeployment;
let receiver: WebhookReceiver;

beforeAll(async () => {
  region = await startAwsRegion();
  receiver = await startWebhookReceiver();
  aws = await deployToAws(region, { POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true' });
}, 60_000);

afterAll(async () => {
  await receiver.close();
  await region.stop();
});

it('The functions tell an endpoint of what happens, in order, signed, and again until it takes it', async () => {
  const added = await aws.request('POST', '/v1/webhooks', { body: { url: receiver.url } });
  const { id, secret } = JSON.parse(added.body) as { id: string; secret: string };
  const verified = (): Event[] =>
    receiver.received.map(
      ({ body, headers }) => new PublicVerifier(secret).verify(body, headers as Record<string, string>) as Event,
    );

  const email = { from: 'a@one.example', to: 'delivered@sandbox.example', subject: 'Hello', text: 'Hello' };
  const sent = await aws.request('POST', '/v1/emails', { body: email });
  const { id: emailId } = JSON.parse(sent.body) as { id: string };
  expect(await aws.notify()).toEqual({ received: 1, unfinished: 0 });
  expect(verified()).toMatchObject([{ type: 'email.queued', email_id: emailId }]);
  await aws.poll();
  expect(await aws.notify()).toEqual({ received: 1, unfinished: 0 });
  const timeline = await aws.request('GET', `/v1/emails/${emailId}/events`);
  expect(verified()).toEqual((JSON.parse(timeline.body) as { data: Event[] }).data);

  receiver.answerWith(500);
  await aws.request('POST', '/v1/suppressions', { body: { email: 'ada@one.example' } });
  await aws.request('DELETE', '/v1/suppressions/ada@one.example');
  while ((await aws.notify()).received > 0);
  expect(verified().slice(2)).toMatchObject([{ type: 'suppression.added' }]);
  const listed = await aws.request('GET', `/v1/webhooks/${id}/deliveries?status=pending`);
  const pending = (JSON.parse(listed.body) as { data: { event_id: string; attempts: object[]; event: Event }[] }).data;
  expect(pending.map(({ event, attempts }) => [event.type, attempts.length])).toEqual([
    ['suppression.removed', 0],
    ['suppression.added', 1],
  ]);

  receiver.answerWith(204);
  const replayed = await aws.request('POST', `/v1/webhooks/${id}/deliveries/${pending[1]?.event_id}/replay`);
  expect(replayed.statusCode).toBe(200);
  while ((await aws.notify()).received > 0);
  expect(verified().slice(3)).toMatchObject([{ type: 'suppression.added' }, { type: 'suppression.removed' }]);
  const test = await aws.request('POST', `/v1/webhooks/${id}/test`);
  expect(JSON.parse(test.body)).toMatchObject({ attempt: { outcome: 'delivered' } });
}, 60_000);

it('The functions, as they are shipped, put every event on a topic', async () => {
  const sns = new SNSClient({ region: 'us-east-1', endpoint: region.proxy.endpoint });
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'every-event' }));
  const telling = await deployToAws(region, { POSTERN_EVENT_TOPIC: TopicArn });
  const { deadLetterQueueUrl } = telling.names;
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueueUrl.slice(deadLetterQueueUrl.lastIndexOf('/') + 1)}`;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  sns.destroy();
  const body = { from: 'a@one.example', to: 'delivered@sandbox.example', subject: 'Hello', text: 'Hello' };
  const { id } = JSON.parse((await telling.request('POST', '/v1/emails', { body })).body) as { id: string };
  await telling.poll();
  while ((await telling.notify()).received > 0);
  const timeline = await telling.request('GET', `/v1/emails/${id}/events`);
  const told = region.messagesOn(deadLetterQueueUrl).map(({ body: event }) => JSON.parse(event) as Event);
  expect(told).toEqual((JSON.parse(timeline.body) as { data: Event[] }).data);
}, 60_000);

it('What an endpoint has not taken of a span of time is posted once more when it is asked for', async () => {
  const added = await aws.request('POST', '/v1/webhooks', {
    body: { url: receiver.url, events: ['suppression.added'] },
  });
  const { id } = JSON.parse(added.body) as { id: string };
  // Gone: the event has failed, and the endpoint is disabled.
  receiver.answerWith(410);
  await aws.request('POST', '/v1/suppressions', { body: { email: 'bob@two.example' } });
  while ((await aws.notify()).received > 0);
  await aws.request('PATCH', `/v1/webhooks/${id}`, { body: { status: 'enabled' } });
  receiver.answerWith(204);
  for (const [replayed, posted] of [
    [1, 1],
    [0, 0],
  ]) {
    const before = receiver.received.length;
    const body = { since: '2020-01-01T00:00:00Z', types: ['suppression.added'] };
    const answer = await aws.request('POST', `/v1/webhooks/${id}/replay`, { body });
    expect(JSON.parse(answer.body)).toMatchObject({ replayed, has_more: false });
    while ((await aws.notify()).received > 0);
    expect(receiver.received.length - before).toBe(posted);
  }
}, 60_000);
