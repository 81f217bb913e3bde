import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createEventBridgeBus } from '../../functions/adapters/event-bus-eventbridge.ts';
import { createSnsTopic } from '../../functions/adapters/event-topic-sns.ts';
import type { EventId, ProjectId } from '../../functions/core/ids.ts';
import type { EventTarget, RenderedEvent } from '../../functions/core/ports/event-target.ts';
import {
  type AwsCallServer,
  type ReceivedCall,
  signatureIn,
  startAwsCallServer,
  testSecretKey,
} from '../support/aws-call-server.ts';

const region = 'eu-central-1';
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: testSecretKey,
  sessionToken: 'the token of a session',
};
const time = Date.UTC(2026, 10, 25, 12, 36);
const topic = 'arn:aws:sns:eu-central-1:123456789012:mail';

let server: AwsCallServer;
let logged: string[];
let pauses: number[];

beforeEach(async () => {
  server = await startAwsCallServer();
  logged = [];
  pauses = [];
});
afterEach(() => server.close());

function settings() {
  const { sha256 } = new EventBridgeClient({ region }).config;
  const note = (event: string): void => void logged.push(event);
  return {
    region,
    endpoint: server.endpoint,
    credentials: async () => credentials,
    sha256,
    clock: { now: () => time, sleep: async (ms: number) => void pauses.push(ms) },
    log: { info: note, warn: note, error: note },
  };
}

const bus = (): EventTarget => createEventBridgeBus('mail-events', settings());

/** Bodies with what an encoding can get wrong. */
function eventsOf(
  count: number,
  changes: { readonly stream?: string; readonly octets?: number } = {},
): RenderedEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `evt_${String(index).padStart(36, '0')}` as EventId;
    const address = `ä+${index}%&=!'()*~@one.example`;
    const body = JSON.stringify({ id, type: 'email.delivered', address, pad: 'x'.repeat(changes.octets ?? 0) });
    const stream = changes.stream ?? `em_1/${index}@one.example`;
    const at = time + 123;
    const event = {
      id,
      projectId: 'prj_default' as ProjectId,
      type: 'email.delivered',
      at,
      stream,
      place: index,
    } as const;
    return { event: { ...event, subject: { kind: 'webhook', id: 'whk_1' as never, url: '', why: 'test' } }, body };
  });
}

const bodies = (): string[] => server.received.map(({ body }) => body);
const entriesIn = (body: string): { Detail: string }[] =>
  (JSON.parse(body) as { Entries: { Detail: string }[] }).Entries;
const taken = (count: number): string =>
  JSON.stringify({ Entries: Array.from({ length: count }, () => ({ EventId: 'x' })) });
const takesAll = ({ body }: ReceivedCall) => ({ status: 200, body: taken(entriesIn(body).length) });

const idsOf = (body: string): string[] =>
  Array.from(new URLSearchParams(body)).flatMap(([name, value]) => (name.endsWith('.Id') ? [value] : []));
const snsAnswer = (ok: readonly string[], failed: readonly string[]): string =>
  `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>` +
  `<Failed>${failed.map((id) => `<member><Id>${id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>`).join('')}</Failed>` +
  `<Successful>${ok.map((id) => `<member><Id>${id}</Id><MessageId>m</MessageId></member>`).join('')}</Successful>` +
  `</PublishBatchResult></PublishBatchResponse>`;
const snsTakesAll = ({ body }: ReceivedCall) => ({ status: 200, body: snsAnswer(idsOf(body), []) });

/** Headers that say what is asked, as against who asks and when. */
function essence({ method, path, headers, body }: ReceivedCall) {
  return {
    method,
    path,
    type: headers['content-type'],
    target: headers['x-amz-target'],
    length: headers['content-length'],
    body,
  };
}

describe('an event bus', () => {
  it('is called as the SDK calls it, byte by byte, with a signature that holds', async () => {
    server.answerWith(takesAll);
    const events = eventsOf(3);
    await bus().publish(events);
    const client = new EventBridgeClient({ region, endpoint: server.endpoint, credentials });
    const Entries = events.map(({ event, body }) => ({
      Time: new Date(event.at),
      Source: 'postern',
      DetailType: event.type,
      Detail: body,
      EventBusName: 'mail-events',
    }));
    await client.send(new PutEventsCommand({ Entries }));
    const [ours, theirs] = server.received;
    if (ours === undefined || theirs === undefined) throw new Error('There were two calls.');
    expect(essence(ours)).toEqual(essence(theirs));
    const { scope, names, holds } = signatureIn(ours);
    expect([scope, holds]).toEqual([`20261125/${region}/events/aws4_request`, true]);
    expect(names.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    expect(entriesIn(ours.body).map(({ Detail }) => Detail)).toEqual(events.map(({ body }) => body));
  });

  it('takes ten events a call, and no more than it may of octets', async () => {
    server.answerWith(takesAll);
    await bus().publish(eventsOf(23));
    expect(bodies().map((body) => entriesIn(body).length)).toEqual([10, 10, 3]);
    server.received.length = 0;
    await bus().publish(eventsOf(5, { octets: 100_000 }));
    expect(bodies().map((body) => entriesIn(body).length)).toEqual([2, 2, 1]);
    expect(Math.max(...bodies().map((body) => Buffer.byteLength(body)))).toBeLessThan(256 * 1024);
  });

  it('is spared an event that it can never take, which is told of, and gets the others', async () => {
    server.answerWith(takesAll);
    await bus().publish([...eventsOf(1, { octets: 300_000 }), ...eventsOf(2)]);
    expect(logged).toEqual(['event_too_large']);
    expect(bodies().map((body) => entriesIn(body).length)).toEqual([2]);
  });

  it('is given again what it has not taken of a call, and only that', async () => {
    let call = 0;
    server.answerWith(({ body }) => {
      const Entries = entriesIn(body).map((_, index) =>
        call === 0 && index === 1 ? { ErrorCode: 'InternalFailure', ErrorMessage: 'Later.' } : { EventId: 'x' },
      );
      call++;
      return { status: 200, body: JSON.stringify({ FailedEntryCount: call === 1 ? 1 : 0, Entries }) };
    });
    const events = eventsOf(3);
    await bus().publish(events);
    expect(bodies().map((body) => entriesIn(body).map(({ Detail }) => Detail))).toEqual([
      events.map(({ body }) => body),
      [events[1]?.body],
    ]);
    expect(pauses).toEqual([100]);
  });

  it.each([
    ['throttling', { status: 400, body: '{"__type":"com.amazonaws#ThrottlingException"}' }, 'ThrottlingException'],
    ['failures of its own', { status: 500, body: '' }, 'it answered 500'],
    ['silence', null, 'socket hang up'],
    [
      'entries that keep failing',
      { status: 200, body: '{"Entries":[{"ErrorCode":"ThrottlingException"}]}' },
      'ThrottlingException',
    ],
  ])('is asked four times over %s, and then says why', async (_, answer, why) => {
    server.answerWith(() => answer);
    await expect(bus().publish(eventsOf(1))).rejects.toThrow(`EventBridge did not take 1 of 1 events: ${why}.`);
    expect(server.received).toHaveLength(4);
    expect(pauses).toEqual([100, 200, 400]);
  });

  it('is not asked again after a refusal', async () => {
    server.answerWith(() => ({ status: 400, body: '{"__type":"AccessDeniedException"}' }));
    await expect(bus().publish(eventsOf(11))).rejects.toThrow('AccessDeniedException');
    expect(server.received).toHaveLength(1);
  });
});

describe('a topic', () => {
  it.each([topic, `${topic}.fifo`])(
    'is called as the SDK calls it, byte by byte, with a signature that holds (%s)',
    async (arn) => {
      server.answerWith(snsTakesAll);
      const events = eventsOf(3);
      await createSnsTopic(arn, settings()).publish(events);
      const client = new SNSClient({ region, endpoint: server.endpoint, credentials });
      const order = (event: RenderedEvent['event']) =>
        arn.endsWith('.fifo') ? { MessageDeduplicationId: event.id, MessageGroupId: event.stream } : {};
      const PublishBatchRequestEntries = events.map(({ event, body }, index) => ({
        Id: String(index),
        Message: body,
        MessageAttributes: {
          type: { DataType: 'String', StringValue: event.type },
          project: { DataType: 'String', StringValue: event.projectId },
        },
        ...order(event),
      }));
      await client.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries }));
      const [ours, theirs] = server.received;
      if (ours === undefined || theirs === undefined) throw new Error('There were two calls.');
      expect(essence(ours)).toEqual(essence(theirs));
      const { scope, holds } = signatureIn(ours);
      expect([scope, holds]).toEqual([`20261125/${region}/sns/aws4_request`, true]);
    },
  );

  it('is given again what it has not taken of a call, and only that', async () => {
    let call = 0;
    server.answerWith(({ body }) => {
      const ids = idsOf(body);
      return { status: 200, body: call++ === 0 ? snsAnswer(ids.slice(1), ids.slice(0, 1)) : snsAnswer(ids, []) };
    });
    await createSnsTopic(topic, settings()).publish(eventsOf(3));
    expect(bodies().map((body) => idsOf(body).length)).toEqual([3, 1]);
    server.answerWith(({ body }) => ({ status: 200, body: snsAnswer([], idsOf(body)) }));
    const failing = createSnsTopic(topic, settings()).publish(eventsOf(2));
    await expect(failing).rejects.toThrow('SNS did not take 2 of 2 events: InternalError.');
  });

  it('in order gets no two events of one stream in a call, and a group that may be called so', async () => {
    server.answerWith(snsTakesAll);
    const stream = `em_1/${'ü'.repeat(20)}@one.example`;
    await createSnsTopic(`${topic}.fifo`, settings()).publish([...eventsOf(2, { stream }), ...eventsOf(2)]);
    expect(bodies().map((body) => idsOf(body).length)).toEqual([1, 3]);
    const groups = bodies().flatMap((body) =>
      Array.from(new URLSearchParams(body)).flatMap(([name, value]) =>
        name.endsWith('.MessageGroupId') ? [value] : [],
      ),
    );
    expect(groups[0]).toMatch(/^[\da-f]{64}$/);
    expect(groups).toEqual([groups[0], groups[0], 'em_1/0@one.example', 'em_1/1@one.example']);
  });
});
