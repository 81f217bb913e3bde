import { createHttpWebhookSender } from '../adapters/webhook-sender-http.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';
import type { WebhookDeliveries } from '../core/ports/webhook-deliveries.ts';
import type { WebhookSender } from '../core/ports/webhook-sender.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import { replayFailedWebhooks } from '../core/webhooks/replay-failed-webhooks.ts';
import { replayWebhook } from '../core/webhooks/replay-webhook.ts';
import { testWebhook } from '../core/webhooks/test-webhook.ts';
import { addressesOfConfiguredHost } from '../dns/host-addresses.ts';
import { refusalOfWebhookTarget } from '../dns/webhook-target.ts';
import type { AppPorts } from '../http/ports.ts';
import { renderProjectEvent } from '../http/webhooks/project-event-view.ts';
import { readTrustedCas } from './trust.ts';
import { wireUncachedResolver } from './resolver.ts';

type Ambient = { readonly clock: Clock; readonly random: Random; readonly log: Log };
type Stores<Deliveries> = {
  readonly webhooks: Webhooks;
  readonly webhookDeliveries: Deliveries;
  readonly secretBox: SecretBox;
};

/** What the API does with webhooks beside keeping them. */
export type WebhookActions = Pick<
  AppPorts,
  'refusalOfWebhookUrl' | 'replayWebhook' | 'replayFailedWebhooks' | 'testWebhook'
>;

/** What sends webhooks, on the configured resolver and authorities. Throws an Error of one sentence for a file that cannot be read. */
export function wireWebhookSender(config: Config, ambient: Ambient): WebhookSender {
  const { allowPrivateAddresses } = config;
  const lookup = { resolver: wireUncachedResolver(config, ambient), allowPrivateAddresses };
  return createHttpWebhookSender({
    findAddresses: (host, deadline) => addressesOfConfiguredHost(host, deadline, lookup),
    allowPrivateAddresses,
    trustedCas: readTrustedCas(config),
    clock: ambient.clock,
  });
}

/** The ports of core/webhooks/send-webhook.ts. */
export function sendingPorts<Deliveries extends Pick<WebhookDeliveries, 'append' | 'commit'>>(
  { webhooks, webhookDeliveries, secretBox }: Stores<Deliveries>,
  sender: WebhookSender,
  ambient: Ambient,
) {
  return { ...ambient, webhooks, deliveries: webhookDeliveries, secretBox, sender, render: renderProjectEvent };
}

/** Puts the use cases of the API on their ports. */
export function wireWebhookActions(
  { allowPrivateAddresses }: Pick<Config, 'allowPrivateAddresses'>,
  stores: Stores<WebhookDeliveries>,
  sender: WebhookSender,
  ambient: Ambient,
): WebhookActions {
  const ports = sendingPorts(stores, sender, ambient);
  return {
    refusalOfWebhookUrl: async (url) => refusalOfWebhookTarget(url, allowPrivateAddresses),
    replayWebhook: (webhook, eventId) => replayWebhook(webhook, eventId, ports),
    replayFailedWebhooks: (webhook, span) => replayFailedWebhooks(webhook, span, ports),
    testWebhook: (webhook) => testWebhook(webhook, ports),
  };
}
