import type { Context } from 'hono';

import type { Email } from '../../core/email.ts';
import { parseEmailId } from '../../core/ids.ts';
import type { FoundEmail } from '../../core/ports/ledger.ts';
import { timeline } from '../../core/timeline.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { emailView } from '../emails/email-view.ts';
import { eventView } from '../emails/event-view.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { requireScope } from '../require-scope.ts';
import { timeErrors } from '../sending/send-options.ts';
import { eventsRoute, rescheduleRoute } from './email-reading-definitions.ts';

/** `GET /v1/emails/{id}/events` and `PATCH /v1/emails/{id}`. */
export function addRecordRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.get(eventsRoute.getRoutingPath(), requireScope('emails:read'));
  app.openapi(eventsRoute, async (c) => {
    const found = await find(c, c.req.valid('param').id, ports);
    if (found === null) return notFound(c);
    const events = timeline(found.email, found.deliveries).map((event) => eventView(found.email, event));
    return c.json({ object: 'list' as const, data: events, has_more: false as const }, 200);
  });

  app.patch(
    rescheduleRoute.getRoutingPath(),
    requireScope('emails:send'),
    readJson(ports.limits.maxRequestBytes, budget),
  );
  app.openapi(rescheduleRoute, async (c) => {
    const found = await find(c, c.req.valid('param').id, ports);
    if (found === null) return notFound(c);
    const { email } = found;
    const now = ports.clock.now();
    const { scheduled_at: given } = c.req.valid('json');
    const at = Math.max(now, given === null ? now : Date.parse(given));
    const why = whyNotAt(email, at, now);
    if (why !== null) return notThen(c, why);
    const result = await fromStore(() => ports.reschedule(c.get('principal').projectId, email.id, at));
    switch (result.kind) {
      case 'rescheduled':
        return c.json(emailView(result.email, result.deliveries), 200);
      case 'not_found':
        return notFound(c);
      case 'too_late':
        return notThen(c, 'The email expires before that time.');
      case 'not_reschedulable':
        return problem(c, 'not_reschedulable', result.why);
    }
  });
}

function whyNotAt({ expiresAt, expiresAtGiven }: Email, at: number, now: number): string | null {
  const [first] = timeErrors({ scheduledAt: at, expiresAt: expiresAtGiven ? expiresAt : null }, now);
  return first?.detail ?? null;
}

function notThen(c: Context<AppEnv>, detail: string) {
  return validationProblem(c, [{ pointer: '/scheduled_at', code: 'invalid_value', detail }]);
}

async function find(c: Context<AppEnv>, text: string, ports: AppPorts): Promise<FoundEmail | null> {
  const id = parseEmailId(text);
  return id === null ? null : await fromStore(() => ports.find(c.get('principal').projectId, id));
}

// The same for an id that never was, is malformed or is another project's.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such email.');
}
