import { createMemoryRateLimiter } from '../adapters/rate-limiter-memory.ts';
import { sourceNetwork } from '../dns/source-network.ts';
import type { WebhookDelivery } from '../core/webhooks/webhook-delivery.ts';
import type { ApiRouter } from '../http/api-router.ts';
import { lazily } from '../http/lazily.ts';
import type { AppPorts } from '../http/ports.ts';
import { wireApp } from './app.ts';
import { type AwsProcess, startAws, wireAwsDomains } from './aws-process.ts';
import type { WebhookActions } from './webhooks.ts';

/** The API for a function behind an HTTP API or a function URL. Rejects with an Error of one sentence when it cannot start. */
export async function startSubmit(environment: NodeJS.ProcessEnv): Promise<ApiRouter> {
  const process = await startAws(environment, { dials: false });
  const { config, parts, ambient } = process;
  const stores = { ...parts, keys: keysWithBootstrap(process) };
  // A store that takes no writes answers 503 by itself; asking it at every look at /v1/health would cost.
  const edge = {
    ready: () => true,
    docsAssets: null,
    requests: requestsOf(process),
    sourceOf: sourceOfEvent,
    takeReport: takeReportOnDemand(process),
    ...webhookActionsOnDemand(process),
  };
  return wireApp(config, stores, wireAwsDomains(process), edge, ambient);
}

// Of a flood of sources each would be an item, so unknown keys are counted by each function for itself. Loaded with the first
// request of a key that has a limit.
function requestsOf({ clients, config, ambient }: AwsProcess): AppPorts['requests'] {
  const table = { client: clients.dynamodb, name: config.aws.table, clock: ambient.clock };
  const limiter = lazily(async () => {
    const { createDynamodbRateLimiter } = await import('../adapters/rate-limiter-dynamodb.ts');
    return createDynamodbRateLimiter(table, { alone: createMemoryRateLimiter(), log: ambient.log });
  });
  return { take: async (...asked) => (await limiter()).take(...asked) };
}

// The configured key is put into the table before the first request that shows any; a failure is that request's, and the
// next one tries again.
function keysWithBootstrap({ config, parts, ambient }: AwsProcess): AppPorts['keys'] {
  const { keys } = parts;
  let ensured: Promise<unknown> | null = config.apiKey === null ? Promise.resolve() : null;
  return {
    ...keys,
    async authenticate(key) {
      ensured ??= keys.ensureBootstrapKey(config.apiKey, ambient.clock.now()).catch((error: unknown) => {
        ensured = null;
        throw error;
      });
      await ensured;
      return await keys.authenticate(key);
    },
  };
}

// What reads returned mail is loaded with the first: most functions never meet any.
function takeReportOnDemand({ config, parts, ambient }: AwsProcess): AppPorts['takeReport'] {
  const wired = lazily(() => import('./reports.ts').then(({ wireReports }) => wireReports(config, parts, ambient)));
  return async (message, context) => (await wired())(message, context);
}

// What posts, asks DNS and vets addresses is loaded when somebody adds an endpoint or tests one: most functions never meet that.
function webhookActionsOnDemand({ config, parts, ambient }: AwsProcess): WebhookActions {
  let wired: Promise<WebhookActions> | null = null;
  const actions = (): Promise<WebhookActions> =>
    (wired ??= import('./webhooks.ts').then(({ wireWebhookActions, wireWebhookSender }) =>
      wireWebhookActions(config, parts, wireWebhookSender(config, ambient), ambient),
    ));
  const send = async (deliveries: readonly WebhookDelivery[]): Promise<void> => {
    const streams = new Map(
      deliveries.map(({ webhookId, event }) => [`${webhookId} ${event.stream}`, { webhookId, event }]),
    );
    const tasks = Array.from(streams.values(), ({ webhookId, event: { projectId, stream } }) => {
      return { kind: 'stream', projectId, webhookId, stream } as const;
    });
    await parts.notifications.send(tasks);
  };
  return {
    refusalOfWebhookUrl: async (url) => (await actions()).refusalOfWebhookUrl(url),
    async replayWebhook(webhook, eventId) {
      const result = await (await actions()).replayWebhook(webhook, eventId);
      if (result.kind === 'replayed') await send([result.delivery]);
      return result;
    },
    async replayFailedWebhooks(webhook, span) {
      const result = await (await actions()).replayFailedWebhooks(webhook, span);
      if (result.kind === 'replayed') await send(result.deliveries);
      return result;
    },
    testWebhook: async (webhook) => (await actions()).testWebhook(webhook),
  };
}

/** The part of an event, of an HTTP API or a function URL, that the platform itself has written. */
type EventBindings = { readonly requestContext?: { readonly http?: { readonly sourceIp?: string } } } | undefined;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (format 2.0)
function sourceOfEvent(c: Parameters<AppPorts['sourceOf']>[0]): string {
  const { requestContext } = (c.env as EventBindings) ?? {};
  return sourceNetwork(requestContext?.http?.sourceIp ?? 'unknown');
}
