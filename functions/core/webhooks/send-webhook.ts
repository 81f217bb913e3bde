import { derivedEventId } from '../event-id.ts';
import type { ProjectId } from '../ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { WebhookDeliveries } from '../ports/webhook-deliveries.ts';
import type { WebhookAnswer, WebhookSender } from '../ports/webhook-sender.ts';
import type { Webhooks } from '../ports/webhooks.ts';
import type { ProjectEvent } from '../events/project-event.ts';
import { afterSign, type EndpointSign, type Webhook } from './webhook.ts';
import { afterWebhookAttempt, endedDelivery, signOf, type WebhookDelivery } from './webhook-delivery.ts';
import { signedHeaders } from './webhook-signature.ts';

export type PostWebhookPorts = {
  readonly sender: WebhookSender;
  /** The body that an event is posted as; the same for the same event. */
  readonly render: (event: ProjectEvent) => string;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
};

export type SendWebhookPorts = PostWebhookPorts & {
  readonly webhooks: Pick<Webhooks, 'find' | 'change'>;
  readonly deliveries: Pick<WebhookDeliveries, 'append' | 'commit'>;
  readonly random: Random;
  readonly log: Log;
};

/**
 * One attempt at one delivery that is ours to make: posts the event, records what came of it, and disables the endpoint when
 * that was asked for (410) or it has taken nothing for `limits.webhookPatienceMs`. What was owed to an endpoint that is disabled
 * or removed ends without an attempt. Answers with the delivery as it stands then, `null` when somebody else has it. Rejects when a store is out of reach.
 */
export async function sendWebhook(
  delivery: WebhookDelivery,
  ports: SendWebhookPorts,
  signal: AbortSignal,
): Promise<WebhookDelivery | null> {
  const { webhooks, deliveries, clock, random, log } = ports;
  const { webhookId, event } = delivery;
  const webhook = await webhooks.find(event.projectId, webhookId);
  const startedAt = clock.now();
  if (webhook === null || webhook.disabled !== null) {
    const ended = endedDelivery(delivery, 'failed', startedAt);
    return (await deliveries.commit(ended, startedAt)) === 'fenced' ? null : ended;
  }
  const answer = await postWebhook(webhook, event, ports, signal);
  // Whoever stops the process says nothing about the endpoint; the lease ends, and the event is sent again.
  if (signal.aborted && answer.kind === 'error') return null;
  const now = clock.now();
  const next = afterWebhookAttempt(delivery, { answer, startedAt, now, fraction: random.fraction() });
  const fenced = (await deliveries.commit(next, now)) === 'fenced';
  if (signOf(answer) !== 'taken') {
    log.info('webhook_not_taken', {
      webhook: webhookId,
      event_id: event.id,
      tries: next.tries,
      outcome: next.status,
      status: answer.kind === 'answer' ? answer.status : null,
      error: answer.kind === 'error' ? answer.code : null,
    });
  }
  if (fenced) return null;
  await noteSign(webhook, signOf(answer), now, ports);
  return next;
}

/** Posts an event to an endpoint, signed, and answers with what came back. Records nothing. */
export async function postWebhook(
  webhook: Webhook,
  event: ProjectEvent,
  { sender, render, secretBox, clock }: PostWebhookPorts,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const body = render(event);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Postern-Webhooks/1',
    ...signedHeaders(webhook, event.id, body, clock.now(), secretBox),
  };
  return await sender.post({ url: webhook.url, headers, body }, signal);
}

// Most attempts change nothing about their endpoint, and then nothing is written.
async function noteSign(seen: Webhook, sign: EndpointSign, now: number, ports: SendWebhookPorts): Promise<void> {
  if (afterSign(seen, sign, now) === seen) return;
  let disabledHere = false;
  const after = await ports.webhooks.change(seen.projectId, seen.id, (webhook) => {
    const next = afterSign(webhook, sign, now);
    disabledHere = webhook.disabled === null && next.disabled !== null;
    return next;
  });
  if (after === null || after.disabled === null || !disabledHere) return;
  ports.log.warn('webhook_disabled', { webhook: after.id, why: after.disabled.why });
  await ports.deliveries.append(disabledEvent(after, seen.projectId, now));
}

function disabledEvent({ id: webhookId, url, disabled }: Webhook, projectId: ProjectId, at: number): ProjectEvent {
  const type = 'webhook.disabled';
  const why = disabled?.why === 'gone' ? 'gone' : 'failing';
  return {
    id: derivedEventId(at, [projectId, webhookId, type]),
    projectId,
    type,
    at,
    stream: `webhook/${webhookId}`,
    place: at,
    subject: { kind: 'webhook', id: webhookId, url, why },
  };
}
