import { refuse } from '../sending/accept-one.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { acceptedView } from '../emails/email-view.ts';
import type { AppPorts } from '../ports.ts';
import { readJson } from '../reading/read-json.ts';
import { readSubmission, sendCheck } from '../sending/read-submission.ts';
import { requireScope } from '../require-scope.ts';
import { warningsOf } from '../sending/warnings.ts';
import { validateRoute } from './email-sending-definitions.ts';

/** `POST /v1/emails/validate`. */
export function addValidateRoute(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.post(validateRoute.path, requireScope('emails:send'), readJson(ports.limits.maxRequestBytes, budget));
  app.openapi(
    validateRoute,
    async (c) => {
      const read = await readSubmission(c, c.req.valid('json'), ports);
      if (!read.ok) return refuse(c, read.refusal);
      const { email, deliveries } = await ports.prepare(read.sendable, read.suppressed, c.get('principal').projectId);
      return c.json(
        {
          object: 'validation' as const,
          valid: true as const,
          warnings: warningsOf(read.sendable, email, read.unverified),
          size_bytes: email.content.sizeBytes,
          recipients: acceptedView(email, deliveries).recipients,
        },
        200,
      );
    },
    sendCheck(ports),
  );
}
