import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import type { AppPorts } from '../ports.ts';
import { type BodyReader, readBody } from '../reading/read-body.ts';
import { exportSuppressionsRoute, importSuppressionsRoute } from './suppression-list-definitions.ts';

// Most functions never meet one.
const answers = () => import('../suppressions/suppression-list-answers.ts');

/** `/v1/suppressions/import` and `/export`: the list as a whole. */
export function addSuppressionListRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.post(importSuppressionsRoute.path, readBody(ports.limits.maxRequestBytes, budget, listReader));
  app.openapi(importSuppressionsRoute, async (c) => (await answers()).takeList(c, c.req.valid('query'), ports));
  app.openapi(exportSuppressionsRoute, async (c) => (await answers()).giveList(c, c.req.valid('query'), ports));
}

const listReader: BodyReader = {
  accept: 'text/csv, application/x-ndjson',
  problemOfType: (type, parameters) =>
    (type === 'text/csv' || type === 'application/x-ndjson') && parameters.every(isFine)
      ? null
      : 'Send the list with Content-Type: text/csv or application/x-ndjson, in UTF-8.',
  take(c, bytes) {
    c.set('message', bytes);
    return null;
  },
};

// RFC 7111 §2: text/csv may also say whether its first line has names; ours is looked at.
function isFine(parameter: string): boolean {
  return !parameter.startsWith('charset=') || /^charset="?utf-8"?$/.test(parameter);
}
