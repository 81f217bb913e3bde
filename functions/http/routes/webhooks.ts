import type { Context } from 'hono';

import { limits } from '../../core/limits.ts';
import type { WebhookKeepingPorts } from '../../core/webhooks/add-webhook.ts';
import { addWebhook, rotateWebhookSecret } from '../../core/webhooks/add-webhook.ts';
import type { Webhook } from '../../core/webhooks/webhook.ts';
import { parseWebhookId } from '../../core/webhooks/webhook-id.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { readWebhook, type WebhookFields } from '../webhooks/read-webhook.ts';
import { requestLimits } from '../request-limits.ts';
import { requireScope } from '../require-scope.ts';
import { webhookView } from '../webhooks/webhook-view.ts';
import { webhookRoutes } from './webhook-definitions.ts';

const { add, list, find, change, remove, rotateSecret } = webhookRoutes;

/** `/v1/webhooks`: add, list, find, change and remove endpoints, and give them new secrets. */
export function addWebhookRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  // For all that follows it, webhook-deliveries.ts included; before any body is read.
  app.use(list.path, requireScope('webhooks'));
  app.use(`${list.path}/*`, requireScope('webhooks'));
  addWriting(app, ports, budget);
  addReading(app, ports);
}

/** The project's endpoint of this id; `null` for one that never was, is malformed or is another project's. */
export async function webhookOf(c: Context<AppEnv>, text: string, { webhooks }: AppPorts): Promise<Webhook | null> {
  const id = parseWebhookId(text);
  return id === null ? null : await fromStore(() => webhooks.find(c.get('principal').projectId, id));
}

/** The answer where there is no such endpoint. */
export function noSuchWebhook(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such webhook.');
}

function addWriting(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const body = readJson(Math.min(ports.limits.maxRequestBytes, requestLimits.smallBodyBytes), budget);
  const keeping: WebhookKeepingPorts = ports;

  app.post(add.path, body);
  app.openapi(add, async (c) => {
    const { url, ...filters } = c.req.valid('json');
    const read = await readWebhook({ url, ...filters }, ports.refusalOfWebhookUrl);
    if (!read.ok) return validationProblem(c, read.errors);
    const fields = { url, description: null, events: null, tags: null, ...read.fields };
    const added = await fromStore(() => addWebhook(c.get('principal').projectId, fields, keeping));
    if (added === 'full') {
      return problem(c, 'too_many_webhooks', `A project has at most ${limits.webhooksPerProject} webhooks.`);
    }
    return c.json({ ...webhookView(added.webhook), secret: added.secret }, 201);
  });

  app.patch(change.getRoutingPath(), body);
  app.openapi(change, async (c) => {
    const { status, ...request } = c.req.valid('json');
    const found = await webhookOf(c, c.req.valid('param').id, ports);
    if (found === null) return noSuchWebhook(c);
    const read = await readWebhook(request, ports.refusalOfWebhookUrl);
    if (!read.ok) return validationProblem(c, read.errors);
    const now = ports.clock.now();
    const changed = await fromStore(() =>
      ports.webhooks.change(found.projectId, found.id, (before) => changedBy(before, read.fields, status, now)),
    );
    return changed === null ? noSuchWebhook(c) : c.json(webhookView(changed), 200);
  });

  app.openapi(rotateSecret, async (c) => {
    const found = await webhookOf(c, c.req.valid('param').id, ports);
    const oldSecretMs = c.req.valid('query').old_secret_seconds * 1_000;
    const rotated =
      found && (await fromStore(() => rotateWebhookSecret(found.projectId, found.id, oldSecretMs, keeping)));
    return rotated === null
      ? noSuchWebhook(c)
      : c.json({ ...webhookView(rotated.webhook), secret: rotated.secret }, 200);
  });
}

function addReading(app: ApiRouter, ports: AppPorts): void {
  app.openapi(list, async (c) => {
    const webhooks = await fromStore(() => ports.webhooks.list(c.get('principal').projectId));
    return c.json({ object: 'list' as const, data: webhooks.map(webhookView), has_more: false as const }, 200);
  });

  app.openapi(find, async (c) => {
    const webhook = await webhookOf(c, c.req.valid('param').id, ports);
    return webhook === null ? noSuchWebhook(c) : c.json(webhookView(webhook), 200);
  });

  app.openapi(remove, async (c) => {
    const id = parseWebhookId(c.req.valid('param').id);
    const removed = id !== null && (await fromStore(() => ports.webhooks.remove(c.get('principal').projectId, id)));
    return removed ? c.json({ id, object: 'webhook' as const, deleted: true as const }, 200) : noSuchWebhook(c);
  });
}

function changedBy(
  before: Webhook,
  fields: WebhookFields,
  status: 'enabled' | 'disabled' | undefined,
  now: number,
): Webhook {
  const changed = { ...before, ...fields };
  switch (status) {
    case undefined:
      return changed;
    case 'enabled':
      return before.disabled === null ? changed : { ...changed, disabled: null, failingSince: null, since: now };
    case 'disabled':
      return before.disabled === null ? { ...changed, disabled: { why: 'requested', at: now } } : changed;
  }
}
