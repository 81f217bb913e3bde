import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createEventBridgeBus } from '../../functions/adapters/event-bus-eventbridge.ts';
import { createSnsTopic } from '../../functions/adapters/event-topic-sns.ts';
import { readNotifyTask } from '../../functions/adapters/notify-queue-sqs.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createDynamodbToldEvents } from '../../functions/adapters/told-events-dynamodb.ts';
import { addWebhook } from '../../functions/core/webhooks/add-webhook.ts';
import { canonicalAddress } from '../../functions/core/canonical-address.ts';
import { createTurns } from '../../functions/core/in-turn.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { notify, type NotifyPorts, sweepNotifications } from '../../functions/core/events/notify.ts';
import type { Suppression } from '../../functions/core/ports/suppressions.ts';
import { type AwsNames, type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { admissionOf, mailboxOf, project } from '../contract/samples.ts';
import { type AwsCallServer, startAwsCallServer } from '../support/aws-call-server.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { notifyPortsOf } from '../support/aws-notify-ports.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { type AwsCall, awsError } from './faulty-proxy.ts';
import { adjustableClock } from './temporary-store.ts';

type Told = { readonly id: string; readonly type: string };

const unaborted = new AbortController().signal;
let region: AwsRegion;
let sns: SNSClient;
let busServer: AwsCallServer;
let names: AwsNames;
let inbox: string;
let parts: AwsParts;
let clock: ReturnType<typeof adjustableClock>;
let receiver: WebhookReceiver;
let ports: NotifyPorts;
let busIsUp: boolean;
let onBus: Told[];
let handled: number;

beforeAll(async () => {
  region = await startAwsRegion();
  sns = new SNSClient({ region: 'us-east-1', endpoint: region.proxy.endpoint });
});
afterAll(async () => {
  sns.destroy();
  await region.stop();
});

beforeEach(async () => {
  region.proxy.heal();
  [busIsUp, onBus, handled] = [true, [], 0];
  busServer = await startAwsCallServer();
  busServer.answerWith(({ body }) => {
    if (!busIsUp) return { status: 400, body: '{"__type":"ResourceNotFoundException"}' };
    const { Entries } = JSON.parse(body) as { Entries: { Detail: string }[] };
    onBus.push(...Entries.map(({ Detail }) => JSON.parse(Detail) as Told));
    return { status: 200, body: JSON.stringify({ Entries: Entries.map(() => ({ EventId: 'x' })) }) };
  });
  receiver = await startWebhookReceiver();
  clock = adjustableClock();
  names = await region.create();
  // The dead-letter queue is nobody's here: what is subscribed to the topic comes there.
  inbox = names.deadLetterQueueUrl;
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: names.table }));
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${inbox.slice(inbox.lastIndexOf('/') + 1)}`;
  const Attributes = { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ project: [project] }) };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  wire(TopicArn);
});
afterEach(async () => {
  ports.sender.close();
  await receiver.close();
  await busServer.close();
});

function wire(topicArn: string): void {
  const { dynamodb } = region.clients;
  const { credentials, sha256 } = dynamodb.config;
  const settings = { region: 'us-east-1', credentials, sha256, clock, log: quietLog };
  parts = openAws(
    region.clients,
    { ...names, eventBus: 'events', eventTopic: topicArn },
    { clock, random: systemRandom, log: quietLog },
  );
  ports = {
    ...notifyPortsOf(parts, clock),
    targets: {
      all: [
        createEventBridgeBus('events', { ...settings, endpoint: busServer.endpoint }),
        createSnsTopic(topicArn, { ...settings, endpoint: region.proxy.endpoint }),
      ],
      told: createDynamodbToldEvents({ client: dynamodb, name: names.table, clock }),
      inTurn: createTurns(),
    },
  };
}

async function addEndpoint(): Promise<void> {
  await addWebhook(project, { url: receiver.url, description: null, events: null, tags: null }, ports);
}

/** Works off what the queue of tasks has been given so far, at once, whatever its delays. */
async function workOff(): Promise<void> {
  for (;;) {
    const bodies = region.messagesOn(names.notifyQueueUrl).map(({ body }) => body);
    const fresh = bodies.slice(handled);
    if (fresh.length === 0) return;
    handled = bodies.length;
    for (const body of fresh) {
      const task = readNotifyTask(body);
      if (task !== null) await notify(task, ports, clock.now() + 60_000, unaborted);
    }
  }
}

async function sweepLater(): Promise<void> {
  clock.advance(16 * 60_000);
  await sweepNotifications(ports, unaborted);
  await workOff();
}

async function tell() {
  const admission = admissionOf(['one.example'], { email: { createdAt: clock.now() } });
  const deliveries = admission.deliveries.map((delivery) => ({
    ...delivery,
    recipients: delivery.recipients.map((one) => ({ ...one, attempts: [], updatedAt: clock.now() })),
  }));
  await parts.admissions.admit([{ ...admission, deliveries }], [], clock.now());
  await workOff();
  for (const delivery of deliveries) await parts.ledger.commit(endDelivery(delivery, 'canceled', clock.now()));
  await workOff();
}

function suppressionOf(address: string): Suppression {
  const canonical = canonicalAddress(mailboxOf(address));
  const createdAt = clock.now();
  return { projectId: project, address, canonical, reason: 'manual', note: null, createdAt, expiresAt: null };
}

const bodiesOnTopic = (): string[] => region.messagesOn(inbox).map(({ body }) => body);
const typesOf = (told: readonly Told[]): string[] => told.map(({ type }) => type);
const onTopic = (): string[] => typesOf(bodiesOnTopic().map((body) => JSON.parse(body) as Told));
const posted = (): string[] => typesOf(receiver.received.map(({ body }) => JSON.parse(body) as Told));
const mail = ['email.queued', 'email.canceled'];

describe('the targets of a deployment', () => {
  it('are told of every project, whether it has endpoints or not, once each and with the body that endpoints get', async () => {
    await tell();
    expect(typesOf(onBus)).toEqual(mail);
    expect(onTopic()).toEqual(mail);
    expect(posted()).toEqual([]);
    await addEndpoint();
    await tell();
    expect(bodiesOnTopic().slice(2)).toEqual(receiver.received.map(({ body }) => body));
    expect(onBus.map((event) => JSON.stringify(event))).toEqual(bodiesOnTopic());
    // Whoever looks again finds nothing new, and nothing is left to be looked at.
    handled = 0;
    await workOff();
    await sweepLater();
    expect([onBus.length, onTopic().length, posted().length]).toEqual([4, 4, 2]);
    expect(await parts.owed.left(clock.now(), 10, clock.now())).toEqual([]);
    const { Messages } = await region.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: inbox, MessageAttributeNames: ['All'] }),
    );
    expect(Messages?.[0]?.MessageAttributes).toMatchObject({
      type: { StringValue: 'email.queued' },
      project: { StringValue: project },
    });
  });

  it('hold up neither endpoints nor each other when one takes nothing, and get it all later, in order', async () => {
    await addEndpoint();
    busIsUp = false;
    await tell();
    await parts.suppressions.add([suppressionOf('ada@one.example')], clock.now());
    await workOff();
    await parts.suppressions.remove(project, 'ada@one.example', clock.now());
    await workOff();
    const all = [...mail, 'suppression.added', 'suppression.removed'];
    expect(posted()).toEqual(all);
    expect(onTopic()).toEqual(all);
    await sweepLater();
    expect(onBus).toEqual([]);
    busIsUp = true;
    await sweepLater();
    // It was so when it was told of, whatever has become of it since.
    expect(typesOf(onBus).toSorted()).toEqual(all.toSorted());
    expect(typesOf(onBus).filter((type) => type.startsWith('email.'))).toEqual(mail);
    await sweepLater();
    expect(onBus).toHaveLength(4);
    expect(posted()).toEqual(all);
    expect(onTopic()).toEqual(all);
  });

  it('are told although an endpoint takes nothing, and of the endpoint that was disabled', async () => {
    await addEndpoint();
    receiver.answerWith(410);
    await tell();
    expect(typesOf(onBus)).toEqual(mail);
    await sweepLater();
    expect(typesOf(onBus)).toEqual([...mail, 'webhook.disabled']);
    expect(onTopic()).toEqual([...mail, 'webhook.disabled']);
  });

  it('are told again when it is lost that they were, or when the queue has lost the task', async () => {
    region.proxy.fail(({ operation, body }) =>
      (operation === 'PutItem' && body.includes('told#')) || body.includes(names.notifyQueueUrl)
        ? awsError('AccessDenied')
        : null,
    );
    await tell();
    expect(onBus).toEqual([]);
    clock.advance(61_000);
    region.proxy.fail(({ operation, body }) =>
      operation === 'PutItem' && body.includes('told#') ? awsError('AccessDenied') : null,
    );
    await sweepNotifications(ports, unaborted);
    await workOff();
    const seen = onBus.length;
    expect(new Set(typesOf(onBus))).toEqual(new Set(mail));
    region.proxy.heal();
    await sweepLater();
    expect(onBus.length).toBeGreaterThan(seen);
    expect(new Set(onBus.map(({ id }) => id)).size).toBe(2);
    const settled = onBus.length;
    await sweepLater();
    expect(onBus).toHaveLength(settled);
  });

  it('keep a stream in order in a FIFO topic, and take an event that comes again for the same', async () => {
    const attributes = { FifoTopic: 'true' };
    const { TopicArn = '' } = await sns.send(
      new CreateTopicCommand({ Name: `${names.table}.fifo`, Attributes: attributes }),
    );
    const { sqs } = region.clients;
    const QueueName = `${names.table}.fifo`;
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
    const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
    );
    inbox = QueueUrl;
    wire(TopicArn);
    await tell();
    const lost = ({ operation, body }: AwsCall) =>
      operation === 'PutItem' && body.includes('told#') ? awsError('AccessDenied') : null;
    region.proxy.fail(lost);
    await tell();
    region.proxy.heal();
    await sweepLater();
    expect(onBus.length).toBeGreaterThan(4);
    expect(onTopic()).toEqual([...mail, ...mail]);
  });
});
