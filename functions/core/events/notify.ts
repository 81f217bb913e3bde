import { partsOfDeliveryId } from '../delivery-id.ts';
import { limits } from '../limits.ts';
import type { NotifyTask, Owed } from './owed.ts';
import type { Domains } from '../ports/domains.ts';
import type { FoundEmail, Ledger } from '../ports/ledger.ts';
import type { NotifyQueue } from '../ports/notify-queue.ts';
import type { OwedEvents } from '../ports/owed-events.ts';
import type { Suppressions } from '../ports/suppressions.ts';
import type { WebhookStream, WebhookStreams } from '../ports/webhook-streams.ts';
import type { Webhooks } from '../ports/webhooks.ts';
import { emailEvents, type ProjectEvent } from './project-event.ts';
import { sendWebhook, type SendWebhookPorts } from '../webhooks/send-webhook.ts';
import { type EventTargets, oweToTargets, tellTargets } from './tell-targets.ts';
import { wants } from '../webhooks/webhook.ts';

export type NotifyPorts = SendWebhookPorts & {
  readonly webhooks: Webhooks;
  readonly deliveries: WebhookStreams;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly suppressions: Pick<Suppressions, 'find'>;
  readonly domains: Pick<Domains, 'find'>;
  readonly owed: OwedEvents;
  readonly notifications: NotifyQueue;
  /** Absent: endpoints alone are told. */
  readonly targets?: EventTargets;
  /** Tells senders by mail of what their email's `index`th delivery has come to (core/dsn/send-dsns.ts). */
  readonly sendDsns: (found: FoundEmail, index: number) => Promise<void>;
};

type Happened = { readonly events: readonly ProjectEvent[]; readonly found: FoundEmail | null };

/** The longest wait that the queue itself can keep (SQS: 15 minutes). */
const longestDelayMs = 15 * 60_000;

/**
 * One task: finds out what has happened, mails it to a sender who wants that, owes it to the endpoints that want it, sends what
 * stands first in their streams, until `endsAt`, and tells the targets meanwhile; what is left then is the sweep's. Rejects when a
 * store is out of reach: the task has to come again.
 */
export async function notify(task: NotifyTask, ports: NotifyPorts, endsAt: number, signal: AbortSignal): Promise<void> {
  if (task.kind === 'stream') return await workOff(task, ports, endsAt, signal);
  const { id, owed } = task;
  const { events, found } = await happened(owed, task.sure || owed.sure === true, ports);
  const streams = owed.target === undefined ? await streamsOf(events, ports) : [];
  // Whoever is slow to take anything keeps nobody else waiting.
  const working = streams.map((stream) => workOff(stream, ports, endsAt, signal));
  const telling = async (): Promise<void> => {
    const targets = ports.targets === undefined || tellTargets(owed, events, ports.targets, ports);
    const [isDone] = await Promise.all([targets, tellSender(owed, found, ports)]);
    if (isDone) await ports.owed.forget(id);
  };
  const ended = await Promise.allSettled([...working, telling()]);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** For the sweep: puts back on the queue what nobody has looked at, and streams in which something is due. Answers how many tasks. */
export async function sweepNotifications(
  { owed, deliveries, notifications, clock }: Pick<NotifyPorts, 'owed' | 'deliveries' | 'notifications' | 'clock'>,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const now = clock.now();
    const hiddenUntil = now + longestDelayMs;
    const left = await owed.left(now, limits.sweepBatch, hiddenUntil);
    const streams = await deliveries.overdue(now, limits.sweepBatch, hiddenUntil);
    const tasks: readonly NotifyTask[] = [
      ...left.map((one) => ({ kind: 'owed', sure: false, ...one }) as const),
      ...streams.map((one) => ({ kind: 'stream', ...one }) as const),
    ];
    if (tasks.length === 0) return count;
    await notifications.send(tasks);
    count += tasks.length;
  }
  return count;
}

// One event after the other: a stream is joined in its order.
async function streamsOf(events: readonly ProjectEvent[], ports: NotifyPorts): Promise<readonly WebhookStream[]> {
  const streams = new Map<string, WebhookStream>();
  for (const event of events) {
    await ports.deliveries.append(event);
    const { projectId, stream } = event;
    for (const webhook of await ports.webhooks.list(projectId)) {
      if (wants(webhook, event)) {
        streams.set(`${webhook.id} ${stream}`, { projectId, webhookId: webhook.id, stream });
      }
    }
  }
  return [...streams.values()];
}

// All that a delivery's timeline holds: what was owed before is left alone where it stands. What is older than the log of
// webhooks could not be told from what is new.
async function happened(owed: Owed, sure: boolean, ports: NotifyPorts): Promise<Happened> {
  if (owed.kind === 'event') {
    return { events: sure || (await isTrue(owed.event, ports)) ? [owed.event] : [], found: null };
  }
  const found = await ports.ledger.find(owed.projectId, owed.emailId);
  if (found === null) return { events: [], found };
  const since = ports.clock.now() - limits.webhookLogMs;
  const { index } = partsOfDeliveryId(owed.deliveryId);
  const deliveries = found.deliveries.slice(index, index + 1);
  return { events: emailEvents(found.email, [], deliveries).filter(({ at }) => at >= since), found };
}

// What is owed to one target was looked at for the others before.
async function tellSender(owed: Owed, found: FoundEmail | null, { sendDsns }: NotifyPorts): Promise<void> {
  if (owed.kind === 'event' || owed.target !== undefined || found?.email.dsn === undefined) return;
  await sendDsns(found, partsOfDeliveryId(owed.deliveryId).index);
}

// Where nobody has heard how it went, the write that it speaks of may have been refused, or never made.
async function isTrue({ projectId, type, at, subject }: ProjectEvent, ports: NotifyPorts): Promise<boolean> {
  switch (subject.kind) {
    case 'suppression': {
      const { canonical, createdAt } = subject.suppression;
      const standing = await ports.suppressions.find(projectId, canonical, at);
      const stands = standing?.createdAt === createdAt;
      return type === 'suppression.added' ? stands : !stands;
    }
    case 'domain':
      return (await ports.domains.find(projectId, subject.id))?.status === subject.status;
    case 'email':
    case 'webhook':
      return true;
  }
}

// That an endpoint was disabled is told of by whoever has found it out.
function alsoOwing(ports: NotifyPorts): NotifyPorts {
  const { targets, deliveries } = ports;
  if (targets === undefined) return ports;
  const append = async (event: ProjectEvent): Promise<void> => {
    await deliveries.append(event);
    await oweToTargets(event, targets, ports);
  };
  return { ...ports, deliveries: { ...deliveries, append } };
}

async function workOff(stream: WebhookStream, ports: NotifyPorts, endsAt: number, signal: AbortSignal): Promise<void> {
  const { clock, deliveries, notifications } = ports;
  while (clock.now() + limits.webhookAnswerMs < endsAt && !signal.aborted) {
    const now = clock.now();
    const claimed = await deliveries.claim(stream, now, now + limits.webhookLeaseMs);
    if (claimed === null) return;
    const next = await sendWebhook(claimed, alsoOwing(ports), signal);
    if (next === null || next.status !== 'pending') continue;
    const waitMs = (next.dueAt ?? 0) - clock.now();
    if (waitMs <= longestDelayMs) await notifications.send([{ kind: 'stream', ...stream }], Math.max(0, waitMs));
    return;
  }
}
