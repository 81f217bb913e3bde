import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import type { ApiRouter } from '../api-router.ts';
import type { AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import { problemResponses } from '../problem-schema.ts';

const healthRoute = createRoute({
  method: 'get',
  path: '/v1/health',
  operationId: 'getHealth',
  tags: ['Health'],
  summary: 'Whether the process can do its work; needs no key',
  security: [],
  responses: described(() => ({
    200: {
      description: 'It can.',
      content: {
        'application/json': {
          schema: z
            .object({ status: z.literal('ok'), route: z.string() })
            .meta({ id: 'Health', examples: [{ status: 'ok', route: 'sandbox' }] }),
        },
      },
    },
    ...problemResponses('unavailable'),
  })),
});

/** `GET /v1/health`. */
export function addHealthRoute(app: ApiRouter, { health }: Pick<AppPorts, 'health'>): void {
  app.openapi(healthRoute, async (c) => {
    const { ready, route } = await health();
    if (!ready) return problem(c, 'unavailable', 'A store is out of reach.', { headers: { 'Retry-After': '1' } });
    return c.json({ status: 'ok' as const, route }, 200);
  });
}
