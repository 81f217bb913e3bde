import type { Context } from 'hono';

import { parseEventId } from '../../core/event-id.ts';
import type { EventId } from '../../core/ids.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { requestLimits } from '../request-limits.ts';
import { webhookAttemptView, webhookDeliveryView } from '../webhooks/webhook-view.ts';
import { webhookDeliveryRoutes } from './webhook-delivery-definitions.ts';
import { noSuchWebhook, webhookOf } from './webhooks.ts';

const { test, list, find, replay, replayFailed } = webhookDeliveryRoutes;

/** `/v1/webhooks/{id}/test` and `/deliveries`: what was posted, what came back, and once more. */
export function addWebhookDeliveryRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.openapi(test, async (c) => {
    const webhook = await webhookOf(c, c.req.valid('param').id, ports);
    if (webhook === null) return noSuchWebhook(c);
    const { eventId, attempt } = await ports.testWebhook(webhook);
    const made = { event_id: eventId, attempt: webhookAttemptView(attempt) };
    return c.json({ object: 'webhook_test' as const, webhook_id: webhook.id, ...made }, 200);
  });

  addListing(app, ports);
  addReplayOfMany(app, ports, budget);

  app.openapi(find, async (c) => {
    const { id, event_id: text } = c.req.valid('param');
    const webhook = await webhookOf(c, id, ports);
    const eventId = parseEventId(text);
    if (webhook === null || eventId === null) return noSuchDelivery(c);
    const found = await fromStore(() => ports.webhookDeliveries.find(webhook.id, eventId));
    return found === null ? noSuchDelivery(c) : c.json(webhookDeliveryView(found), 200);
  });

  app.openapi(replay, async (c) => {
    const { id, event_id: text } = c.req.valid('param');
    const webhook = await webhookOf(c, id, ports);
    const eventId = parseEventId(text);
    if (webhook === null || eventId === null) return noSuchDelivery(c);
    const result = await fromStore(() => ports.replayWebhook(webhook, eventId));
    switch (result.kind) {
      case 'replayed':
        return c.json(webhookDeliveryView(result.delivery), 200);
      case 'not_found':
        return noSuchDelivery(c);
      case 'disabled':
        return problem(c, 'webhook_disabled', 'The webhook is disabled; enable it first.');
    }
  });
}

function addReplayOfMany(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const { clock, limits } = ports;
  app.post(
    replayFailed.getRoutingPath(),
    readJson(Math.min(limits.maxRequestBytes, requestLimits.smallBodyBytes), budget),
  );
  app.openapi(replayFailed, async (c) => {
    const webhook = await webhookOf(c, c.req.valid('param').id, ports);
    if (webhook === null) return noSuchWebhook(c);
    const { since, until, types = null } = c.req.valid('json');
    const span = { since: Date.parse(since), until: until ? Date.parse(until) : clock.now() + 1, types };
    if (span.until <= span.since) {
      return refusedSpan(c, until ? '/until' : '/since', 'until is after since, and since is not ahead.');
    }
    const result = await fromStore(() => ports.replayFailedWebhooks(webhook, span));
    switch (result.kind) {
      case 'replayed': {
        const { deliveries, hasMore } = result;
        const made = { replayed: deliveries.length, has_more: hasMore };
        return c.json({ object: 'webhook_replay' as const, webhook_id: webhook.id, ...made }, 200);
      }
      case 'too_many':
        return refusedSpan(c, '/since', 'The span has too many failed events; name a shorter one.');
      case 'disabled':
        return problem(c, 'webhook_disabled', 'The webhook is disabled; enable it first.');
    }
  });
}

function refusedSpan(c: Context<AppEnv>, pointer: string, detail: string) {
  return validationProblem(c, [{ pointer, code: 'invalid_value', detail }]);
}

function addListing(app: ApiRouter, ports: AppPorts): void {
  const { cursors, webhookDeliveries } = ports;
  app.openapi(list, async (c) => {
    const webhook = await webhookOf(c, c.req.valid('param').id, ports);
    if (webhook === null) return noSuchWebhook(c);
    const { id, projectId } = webhook;
    const { limit, after, status = null } = c.req.valid('query');
    const before = after === undefined ? null : cursors.decode(projectId, id, after);
    if (after !== undefined && before === null) {
      return problem(c, 'invalid_cursor', 'after is the next_cursor of an earlier page of this list, as it was given.');
    }
    const walk = { limit: limit + 1, before: before as EventId | null, status };
    const found = await fromStore(() => webhookDeliveries.list(id, walk));
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return c.json(
      {
        object: 'list' as const,
        data: page.map(webhookDeliveryView),
        has_more: last !== undefined,
        next_cursor: last === undefined ? null : cursors.encode(projectId, id, last.event.id),
      },
      200,
    );
  });
}

// The same for an event that the endpoint was never owed, and for what is no event or no endpoint of the project.
function noSuchDelivery(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such webhook delivery.');
}
