import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { readNotifyTask } from '../../functions/adapters/notify-queue-sqs.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { addWebhook } from '../../functions/core/webhooks/add-webhook.ts';
import { canonicalAddress } from '../../functions/core/canonical-address.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { notify, type NotifyPorts, sweepNotifications } from '../../functions/core/events/notify.ts';
import type { Suppression } from '../../functions/core/ports/suppressions.ts';
import type { Webhook } from '../../functions/core/webhooks/webhook.ts';
import { type AwsNames, type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { admissionOf, mailboxOf, project } from '../contract/samples.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { notifyPortsOf } from '../support/aws-notify-ports.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { awsError } from './faulty-proxy.ts';
import { adjustableClock } from './temporary-store.ts';

const unaborted = new AbortController().signal;
let region: AwsRegion;
let names: AwsNames;
let parts: AwsParts;
let clock: ReturnType<typeof adjustableClock>;
let receiver: WebhookReceiver;
let ports: NotifyPorts;
let webhook: Webhook;

beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

beforeEach(async () => {
  region.proxy.heal();
  names = await region.create();
  clock = adjustableClock();
  receiver = await startWebhookReceiver();
  parts = openAws(region.clients, names, { clock, random: systemRandom, log: quietLog });
  ports = notifyPortsOf(parts, clock);
  const added = await addWebhook(project, { url: receiver.url, description: null, events: null, tags: null }, ports);
  if (added === 'full') throw new Error('There is room.');
  ({ webhook } = added);
});
afterEach(async () => {
  ports.sender.close();
  await receiver.close();
});

/** Works off what the queue of webhooks has been given so far, at once, whatever its delays. */
let handled = 0;
beforeEach(() => {
  handled = 0;
});
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

async function tell(): Promise<string> {
  const admission = admissionOf(['one.example'], { email: { createdAt: clock.now() } });
  const deliveries = admission.deliveries.map((delivery) => ({
    ...delivery,
    recipients: delivery.recipients.map((one) => ({ ...one, attempts: [], updatedAt: clock.now() })),
  }));
  await parts.admissions.admit([{ ...admission, deliveries }], [], clock.now());
  for (const delivery of deliveries) await parts.ledger.commit(endDelivery(delivery, 'canceled', clock.now()));
  return admission.email.id;
}

function types(): string[] {
  return receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
}

function suppressionOf(address: string): Suppression {
  const canonical = canonicalAddress(mailboxOf(address));
  const createdAt = clock.now();
  return { projectId: project, address, canonical, reason: 'manual', note: null, createdAt, expiresAt: null };
}

describe('webhooks on AWS', () => {
  it('tell of what happened once, in order, however often somebody looks', async () => {
    await tell();
    await workOff();
    expect(types()).toEqual(['email.queued', 'email.canceled']);
    handled = 0;
    await workOff();
    expect(types()).toHaveLength(2);
    clock.advance(30 * 60_000);
    expect(await sweepNotifications(ports, unaborted)).toBe(0);
  });

  it('are found by the sweep when the queue has lost them, or was never told', async () => {
    region.proxy.fail(({ operation }) => (operation === 'SendMessageBatch' ? awsError('AccessDenied') : null));
    await parts.suppressions.add([suppressionOf('ada@one.example')], clock.now());
    await parts.suppressions.remove(project, 'ada@one.example', clock.now());
    region.proxy.heal();
    clock.advance(61_000);
    expect(await sweepNotifications(ports, unaborted)).toBeGreaterThan(0);
    await workOff();
    // It no longer stands, and nobody can know by now whether it ever did.
    expect(types()).toEqual(['suppression.removed']);
  });

  it('come again by the queue while it can keep the wait, and by the sweep whatever the queue does', async () => {
    receiver.answerWith(500);
    await parts.suppressions.add([suppressionOf('ada@one.example')], clock.now());
    await workOff();
    for (const waitMs of [67_000, 7 * 60_000, 35 * 60_000]) {
      clock.advance(waitMs);
      await sweepNotifications(ports, unaborted);
      await workOff();
    }
    const [delivery] = await parts.webhookDeliveries.list(webhook.id, { limit: 9, before: null, status: null });
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    const delays = region.proxy.calls.flatMap(({ operation, body }) =>
      operation === 'SendMessageBatch'
        ? [...body.matchAll(/"DelaySeconds":(\d+)/g)].map(([, text]) => Number(text))
        : [],
    );
    const kept = delays.filter((delay) => delay > 0);
    expect(kept).toHaveLength(2);
    expect(kept[0]).toBeLessThanOrEqual(6);
    expect(kept[1]).toBeGreaterThanOrEqual(270);
  });

  it('tell nothing of what did not happen', async () => {
    const delivery = endDelivery(admissionOf().deliveries[0] ?? never(), 'failed', clock.now());
    expect(await parts.ledger.commit(delivery)).toBe('fenced');
    expect(await parts.suppressions.remove(project, 'nobody@one.example', clock.now())).toBe(false);
    await parts.suppressions.add([suppressionOf('ada@one.example')], clock.now());
    await parts.suppressions.add([suppressionOf('ada@one.example')], clock.now());
    await workOff();
    expect(types()).toEqual(['suppression.added']);
  });

  it('cost a project without endpoints no write, and no task', async () => {
    await parts.webhooks.remove(project, webhook.id);
    parts = openAws(region.clients, names, { clock, random: systemRandom, log: quietLog });
    await tell();
    expect(region.messagesOn(names.notifyQueueUrl)).toEqual([]);
    clock.advance(61_000);
    expect(await parts.owed.left(clock.now(), 10, clock.now())).toEqual([]);
  });
});

function never(): never {
  throw new Error('There is one.');
}
