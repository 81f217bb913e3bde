import * as z from 'zod';

import type { ProjectId } from '../../core/ids.ts';
import type { ProjectSettings } from '../../core/ports/projects.ts';
import { projectNameOf } from '../../core/keys/project-name.ts';
import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import { lazily } from '../lazily.ts';
import type { AppPorts } from '../ports.ts';
import { problemResponses } from '../problem-schema.ts';
import { readJson } from '../reading/read-json.ts';
import { requestLimits } from '../request-limits.ts';
import { requireScope } from '../require-scope.ts';
import { strictObject } from '../reading/strict-object.ts';

const unverifiedSenders = lazily(() =>
  z.enum(['allow', 'refuse']).nullable().meta({
    description: 'What is done with mail from domains that nobody has verified; null leaves it to the deployment.',
  }),
);
const projectSchema = lazily(() =>
  z
    .object({
      object: z.literal('project'),
      name: z.string().meta({ description: 'What keys name as their `project`.' }),
      unverified_senders: unverifiedSenders(),
    })
    .meta({ id: 'Project', examples: [{ object: 'project', name: 'default', unverified_senders: 'refuse' }] }),
);
const changeSchema = lazily(() =>
  strictObject({ unverified_senders: unverifiedSenders().optional() }).meta({
    id: 'ProjectChange',
    examples: [{ unverified_senders: 'refuse' }],
  }),
);

const security = [{ apiKey: [] }];
const always = ['unauthorized', 'insufficient_scope', 'rate_limited', 'internal_error', 'unavailable'] as const;

const readRoute = createRoute({
  operationId: 'getProject',
  tags: ['Project'],
  method: 'get',
  path: '/v1/project',
  summary: 'The settings of the project',
  security,
  responses: described(() => ({
    200: { description: 'As they are.', content: { 'application/json': { schema: projectSchema() } } },
    ...problemResponses(...always, 'validation_error'),
  })),
});

const changeRoute = createRoute({
  operationId: 'changeProject',
  tags: ['Project'],
  method: 'patch',
  path: '/v1/project',
  summary: 'Change the settings of the project',
  description: described('What is not named stays as it is.'),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: changeSchema() } } } }),
  responses: described(() => ({
    200: { description: 'As they are now.', content: { 'application/json': { schema: projectSchema() } } },
    ...problemResponses(
      ...always,
      'invalid_json',
      'body_incomplete',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
    ),
  })),
});

/** `GET /v1/project` and `PATCH /v1/project`. */
export function addProjectRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.get(readRoute.path, requireScope('domains'));
  app.openapi(readRoute, async (c) => {
    const { projectId } = c.get('principal');
    return c.json(projectView(projectId, await fromStore(() => ports.projects.settings(projectId))), 200);
  });

  const maxBytes = Math.min(ports.limits.maxRequestBytes, requestLimits.smallBodyBytes);
  app.patch(changeRoute.path, requireScope('domains'), readJson(maxBytes, budget));
  app.openapi(changeRoute, async (c) => {
    const { projectId } = c.get('principal');
    const { unverified_senders: wanted } = c.req.valid('json');
    const present = await fromStore(() => ports.projects.settings(projectId));
    const settings = wanted === undefined ? present : { ...present, unverifiedSenders: wanted };
    await fromStore(() => ports.projects.update(projectId, settings));
    return c.json(projectView(projectId, settings), 200);
  });
}

function projectView(id: ProjectId, settings: ProjectSettings): z.infer<ReturnType<typeof projectSchema>> {
  return { object: 'project', name: projectNameOf(id), unverified_senders: settings.unverifiedSenders };
}
