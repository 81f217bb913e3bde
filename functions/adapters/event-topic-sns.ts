import { hash } from 'node:crypto';

import type { EventTarget, RenderedEvent } from '../core/ports/event-target.ts';
import type { Log } from '../core/ports/log.ts';
import { eventBatches } from './aws-event-batches.ts';
import { type AwsAnswer, type AwsCallSettings, signedPost, whyRefused } from './aws-signed-post.ts';

const answerTimeoutMs = 5_000;
/** What a message group may be called. */
const groupForm = /^[!-~]{1,128}$/;

/**
 * A topic of Amazon SNS (PublishBatch): the message is the event's body, with the attributes `type` and `project` for filter
 * policies. In a FIFO topic the stream is the group and the event's id what duplicates are known by, so that events of one stream
 * come in order and, within five minutes, once.
 */
export function createSnsTopic(topicArn: string, settings: AwsCallSettings & { readonly log: Log }): EventTarget {
  const isFifo = topicArn.endsWith('.fifo');
  return {
    name: 'topic',
    async publish(events) {
      const { batches, tooLarge } = eventBatches(events, isFifo);
      for (const { event } of tooLarge) settings.log.error('event_too_large', { target: 'topic', event_id: event.id });
      for (const batch of batches) await publishBatch(topicArn, isFifo, batch, settings);
    },
  };
}

async function publishBatch(
  topicArn: string,
  isFifo: boolean,
  batch: readonly RenderedEvent[],
  settings: AwsCallSettings,
): Promise<void> {
  let left = batch;
  const postOf = () => ({
    service: 'sns',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formOf(topicArn, isFifo, left),
    timeoutMs: answerTimeoutMs,
  });
  const areAllTaken = ({ body }: AwsAnswer): boolean => {
    const taken = idsIn(body, 'Successful');
    left = left.filter((_, index) => !taken.has(String(index)));
    return left.length === 0;
  };
  const answer = await signedPost(postOf, areAllTaken, settings);
  if (left.length === 0) return;
  throw new Error(`SNS did not take ${left.length} of ${batch.length} events: ${whyRefused(answer)}.`);
}

// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html, in the query protocol.
function formOf(topicArn: string, isFifo: boolean, events: readonly RenderedEvent[]): string {
  const pairs: (readonly [string, string])[] = [
    ['Action', 'PublishBatch'],
    ['Version', '2010-03-31'],
    ['TopicArn', topicArn],
  ];
  for (const [index, one] of events.entries()) {
    const entry = `PublishBatchRequestEntries.member.${index + 1}`;
    for (const [name, value] of entryOf(index, isFifo, one)) pairs.push([`${entry}.${name}`, value]);
  }
  return pairs.map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`).join('&');
}

function entryOf(index: number, isFifo: boolean, { event, body }: RenderedEvent): [string, string][] {
  const attributes = Object.entries({ type: event.type, project: event.projectId }).flatMap(
    ([name, value], place): [string, string][] => [
      [`MessageAttributes.entry.${place + 1}.Name`, name],
      [`MessageAttributes.entry.${place + 1}.Value.DataType`, 'String'],
      [`MessageAttributes.entry.${place + 1}.Value.StringValue`, value],
    ],
  );
  const order: [string, string][] = [
    ['MessageDeduplicationId', event.id],
    ['MessageGroupId', groupForm.test(event.stream) ? event.stream : hash('sha256', event.stream)],
  ];
  return [['Id', String(index)], ['Message', body], ...attributes, ...(isFifo ? order : [])];
}

// RFC 3986 §2.3: what encodeURIComponent leaves as it is beside the unreserved characters.
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

function idsIn(xml: string, element: string): ReadonlySet<string> {
  const begin = xml.indexOf(`<${element}>`);
  const end = xml.indexOf(`</${element}>`);
  if (begin === -1 || end === -1) return new Set();
  return new Set(Array.from(xml.slice(begin, end).matchAll(/<Id>(\d+)<\/Id>/g), ([, id = '']) => id));
}
