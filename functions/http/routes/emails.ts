import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { parseEmailId } from '../../core/ids.ts';
import { draftUnderRights, refusalOfRights } from '../../core/sender-rights.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { acceptedView, emailView } from '../email-view.ts';
import { fromStore } from '../from-store.ts';
import { idempotent, replay } from '../idempotent.ts';
import type { AppEnv, AppPorts, FoundEmail } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { readJson } from '../read-json.ts';
import { requireScope } from '../require-scope.ts';
import { readDraft } from '../send-draft.ts';
import type { SendRequest } from '../send-schema.ts';
import { refusalOfSender } from '../sender-check.ts';
import { checkSuppressions } from '../suppression-check.ts';
import { cancelRoute, findRoute, sendRoute } from './email-definitions.ts';

/** `POST /v1/emails`, `GET /v1/emails/{id}` and `POST /v1/emails/{id}/cancel`. */
export function addEmailRoutes(app: OpenAPIHono<AppEnv>, ports: AppPorts, budget: ByteBudget): void {
  app.post(
    sendRoute.path,
    requireScope('emails:send'),
    readJson(ports.limits.maxRequestBytes, budget),
    idempotent(ports, `POST ${sendRoute.path}`),
  );
  app.openapi(sendRoute, (c) => send(c, c.req.valid('json'), ports));

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
  const read = readDraft(request, ports.clock.now());
  if (!read.ok) return validationProblem(c, read.errors);
  const unfit = ports.problemOfDraft(read.draft);
  if (unfit !== null) {
    return validationProblem(c, [{ pointer: unfit.pointer, code: 'invalid_value', detail: unfit.why }]);
  }
  const principal = c.get('principal');
  const refusal = refusalOfRights(principal, read.draft);
  if (refusal !== null) return problem(c, refusal.code, refusal.detail);
  const foreign = await refusalOfSender(c, [read.draft.from.mailbox.domain], ports);
  if (foreign !== null) return problem(c, 'sender_not_allowed', foreign);
  const check = await checkSuppressions(principal.projectId, read.recipients, read.draft.onSuppressed, ports);
  if (check.kind === 'reject') {
    const { errors } = check;
    return problem(c, 'recipient_suppressed', 'Nothing was sent: a recipient is suppressed.', { errors });
  }
  const held = c.get('idempotent');
  const result = await ports.accept(draftUnderRights(principal, read.draft), {
    projectId: principal.projectId,
    suppressed: check.suppressed,
    idempotency: held && {
      request: held,
      render: (email, deliveries) => ({ status: 202, body: JSON.stringify(acceptedView(email, deliveries)) }),
    },
  });
  switch (result.kind) {
    case 'accepted':
      return accepted(c, result);
    case 'kept':
      if (held === null) throw new Error('An answer was kept for a request without an Idempotency-Key.');
      return replay(c, held, result.kept) as ReturnType<typeof accepted>;
    case 'unavailable':
      return problem(c, 'unavailable', 'The email could not be stored; nothing was accepted.', {
        headers: { 'Retry-After': '1' },
      });
  }
}

function accepted(c: Context<AppEnv>, { email, deliveries }: FoundEmail) {
  return c.json(acceptedView(email, deliveries), 202);
}

// The same for an id that never was, is malformed or is another project's.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such email.');
}
