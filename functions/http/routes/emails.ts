import type { Context } from 'hono';

import { parseEmailId } from '../../core/ids.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { acceptOne, refuse } from '../sending/accept-one.ts';
import { emailView } from '../emails/email-view.ts';
import { fromStore } from '../from-store.ts';
import { idempotent } from '../idempotent.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { readSubmission, sendCheck } from '../sending/read-submission.ts';
import { requireScope } from '../require-scope.ts';
import type { SendRequest } from '../sending/send-schema.ts';
import { waitForOutcome } from '../sending/wait-for-outcome.ts';
import { cancelRoute, findRoute, sendRoute } from './email-definitions.ts';

/** `POST /v1/emails`, `GET /v1/emails/{id}` and `POST /v1/emails/{id}/cancel`. */
export function addEmailRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.post(
    sendRoute.path,
    requireScope('emails:send'),
    waitForOutcome(ports),
    readJson(ports.limits.maxRequestBytes, budget),
    idempotent(ports, `POST ${sendRoute.path}`),
  );
  app.openapi(sendRoute, (c) => send(c, c.req.valid('json'), ports), sendCheck(ports));

  app.get(findRoute.getRoutingPath(), requireScope('emails:read'));
  app.openapi(findRoute, async (c) => {
    const id = parseEmailId(c.req.valid('param').id);
    const found = id === null ? null : await fromStore(() => ports.find(c.get('principal').projectId, id));
    return found === null ? notFound(c) : c.json(emailView(found.email, found.deliveries), 200);
  });

  app.post(cancelRoute.getRoutingPath(), requireScope('emails:send'));
  app.openapi(cancelRoute, async (c) => {
    const id = parseEmailId(c.req.valid('param').id);
    const result = id === null ? null : await fromStore(() => ports.cancel(c.get('principal').projectId, id));
    if (result === null) return notFound(c);
    switch (result.kind) {
      case 'canceled':
        return c.json(emailView(result.email, result.deliveries), 200);
      case 'not_found':
        return notFound(c);
      case 'not_cancelable':
        return problem(c, 'not_cancelable', result.why);
    }
  });
}

async function send(c: Context<AppEnv>, request: SendRequest, ports: AppPorts) {
  const read = await readSubmission(c, request, ports);
  return read.ok ? acceptOne(c, read, ports) : refuse(c, read.refusal);
}

// The same for an id that never was, is malformed or is another project's.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such email.');
}
