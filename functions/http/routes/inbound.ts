import type { MiddlewareHandler } from 'hono';

import type { ReportedRecipient } from '../../core/returned/returned-mail.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import { readBody } from '../reading/read-body.ts';
import { requireScope } from '../require-scope.ts';
import { inboundRoute } from './inbound-definition.ts';

/** `POST /v1/inbound`: mail that came back. */
export function addInboundRoute(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const { takeReport, limits } = ports;
  app.post(inboundRoute.path, requireScope('inbound'), readMessage(limits.maxRequestBytes, budget));
  app.openapi(inboundRoute, async (c) => {
    const { projectId } = c.get('principal');
    const dryRun = c.req.valid('query').dry_run === 'true';
    const message = c.get('message') ?? Buffer.alloc(0);
    const { mail, token, settled } = await fromStore(() => takeReport(message, { projectId, dryRun }));
    if (!settled) {
      return problem(c, 'unavailable', 'The delivery is being attempted; the same mail may come again.', {
        headers: { 'Retry-After': '10' },
      });
    }
    return c.json({ kind: mail.kind, token, recipients: mail.recipients.map(reportedView) }, 200);
  });
}

function readMessage(maxBytes: number, budget: ByteBudget): MiddlewareHandler<AppEnv> {
  return readBody(maxBytes, budget, {
    accept: 'message/rfc822',
    problemOfType: (type) =>
      type === 'message/rfc822' ? null : 'Send the mail as it came, with Content-Type: message/rfc822.',
    take(c, bytes) {
      c.set('message', bytes);
      return null;
    },
  });
}

function reportedView(reported: ReportedRecipient) {
  const { address, action, status, category, suppress, rule, diagnostic } = reported;
  return { address, action, status, category, suppress, rule, diagnostic };
}
