import type { EventTarget, RenderedEvent } from '../core/ports/event-target.ts';
import type { Log } from '../core/ports/log.ts';
import { eventBatches } from './aws-event-batches.ts';
import { type AwsAnswer, type AwsCallSettings, signedPost, whyRefused } from './aws-signed-post.ts';

const answerTimeoutMs = 5_000;

type Result = { readonly EventId?: string; readonly ErrorCode?: string };

/**
 * An event bus of Amazon EventBridge (PutEvents): source `postern`, detail-type the event's type, detail its body. `bus` is a
 * name or an ARN. Entries that the service has failed to take are sent again, the others are not.
 */
export function createEventBridgeBus(bus: string, settings: AwsCallSettings & { readonly log: Log }): EventTarget {
  return {
    name: 'bus',
    async publish(events) {
      const { batches, tooLarge } = eventBatches(events, false);
      for (const { event } of tooLarge) settings.log.error('event_too_large', { target: 'bus', event_id: event.id });
      for (const batch of batches) await putEvents(bus, batch, settings);
    },
  };
}

async function putEvents(bus: string, batch: readonly RenderedEvent[], settings: AwsCallSettings): Promise<void> {
  let left = batch;
  const postOf = () => ({
    service: 'events',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
    body: JSON.stringify({ Entries: left.map((one) => entryOf(bus, one)) }),
    timeoutMs: answerTimeoutMs,
  });
  // What was taken is not sent again.
  const areAllTaken = ({ body }: AwsAnswer): boolean => {
    const results = resultsIn(body);
    left = left.filter((_, index) => results[index]?.EventId === undefined);
    return left.length === 0;
  };
  const answer = await signedPost(postOf, areAllTaken, settings);
  if (left.length === 0) return;
  const why =
    answer.status === 200 ? resultsIn(answer.body).find(({ ErrorCode }) => ErrorCode)?.ErrorCode : whyRefused(answer);
  throw new Error(`EventBridge did not take ${left.length} of ${batch.length} events: ${why ?? 'it gave no reason'}.`);
}

function entryOf(EventBusName: string, { event, body }: RenderedEvent) {
  return {
    Time: event.at / 1_000,
    Source: 'postern',
    DetailType: event.type,
    Detail: body,
    EventBusName,
  };
}

function resultsIn(body: string): readonly Result[] {
  try {
    const { Entries } = JSON.parse(body) as { readonly Entries?: readonly Result[] };
    return Array.isArray(Entries) ? Entries : [];
  } catch {
    return [];
  }
}
