import { HTTPException } from 'hono/http-exception';

import { type ApiRouter, createApiRouter } from './api-router.ts';
import { authenticate } from './authenticate.ts';
import { type ByteBudget, createByteBudget } from './reading/byte-budget.ts';
import { limitRate } from './limit-rate.ts';
import { nameRequest } from './keys/name-request.ts';
import { answerOtherMethods, guardWrittenAddresses } from './other-methods.ts';
import type { AppPorts } from './ports.ts';
import { problem } from './problem.ts';
import { addBounceRuleRoutes } from './routes/bounce-rules.ts';
import { addDocsRoutes } from './routes/docs.ts';
import { addDomainRoutes } from './routes/domains.ts';
import { addRecordRoutes } from './routes/email-record.ts';
import { addBatchRoute } from './routes/emails-batch.ts';
import { addContentRoute } from './routes/emails-content.ts';
import { addListRoute } from './routes/emails-list.ts';
import { addRawRoute } from './routes/emails-raw.ts';
import { addValidateRoute } from './routes/emails-validate.ts';
import { addEmailRoutes } from './routes/emails.ts';
import { addHealthRoute } from './routes/health.ts';
import { addDocumentRoutes } from './routes/document.ts';
import { addInboundRoute } from './routes/inbound.ts';
import { addKeyRoutes } from './routes/keys.ts';
import { addProjectRoutes } from './routes/project.ts';
import { addSuppressionRoutes } from './routes/suppressions.ts';
import { refuseStrayQuery } from './reading/stray-query.ts';
import { addUnsubscribeRoutes } from './routes/unsubscribe.ts';
import { addWebhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { addWebhookRoutes } from './routes/webhooks.ts';

/**
 * The API as a function from Request to Response; what runs it (an HTTP server, a Lambda function) only maps the event.
 * Every answer carries `Request-Id`, every error is a problem (RFC 9457), and nothing it throws reaches the client.
 */
export function createApp(ports: AppPorts): ApiRouter {
  const app = createApiRouter();
  app.use(nameRequest(ports));
  addHealthRoute(app, ports);
  addDocumentRoutes(app, ports);
  addDocsRoutes(app, ports);
  app.use('/v1/*', authenticate(ports), limitRate(ports), guardWrittenAddresses(app), refuseStrayQuery(app));
  const budget = createByteBudget(ports.limits.maxBytesInFlight);
  addEmailsRoutes(app, ports, budget);
  addKeyRoutes(app, ports, budget);
  addDomainRoutes(app, ports, budget);
  addProjectRoutes(app, ports, budget);
  addSuppressionRoutes(app, ports, budget);
  addBounceRuleRoutes(app);
  addUnsubscribeRoutes(app, ports, budget);
  addInboundRoute(app, ports, budget);
  addWebhookRoutes(app, ports, budget);
  addWebhookDeliveryRoutes(app, ports, budget);
  answerOtherMethods(app);
  app.notFound((c) => problem(c, 'not_found', 'There is nothing at this address.'));
  answerErrors(app, ports);
  return app;
}

function addEmailsRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  addEmailRoutes(app, ports, budget);
  addBatchRoute(app, ports, budget);
  addRawRoute(app, ports, budget);
  addValidateRoute(app, ports, budget);
  addListRoute(app, ports);
  addRecordRoutes(app, ports, budget);
  addContentRoute(app, ports);
}

function answerErrors(app: ApiRouter, { log }: Pick<AppPorts, 'log'>): void {
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    if (error instanceof HTTPException && error.status === 503) {
      log.error('store_unavailable', { request_id: requestId, why: String(error.cause) });
      return problem(c, 'unavailable', 'A store is out of reach; the same request may come again.', {
        headers: { 'Retry-After': '1' },
      });
    }
    log.error('request_failed', { request_id: requestId, why: error.stack ?? String(error) });
    return problem(c, 'internal_error', 'Something went wrong on our side.');
  });
}
