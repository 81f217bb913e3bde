import type { Context } from 'hono';

import { canonicalAddress } from '../../core/canonical-address.ts';
import type { ProjectId } from '../../core/ids.ts';
import { addressOf, type Mailbox, parseMailbox } from '../../core/mailbox.ts';
import type { Suppression } from '../../core/ports/suppressions.ts';
import { defaultProjectId } from '../../core/keys/project-name.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { readSuppression, type SuppressionResult } from '../suppressions/read-suppression.ts';
import { requireScope } from '../require-scope.ts';
import type { SuppressManyRequest, SuppressRequest } from '../suppressions/suppression-schema.ts';
import { suppressionView } from '../suppressions/suppression-view.ts';
import { addSuppressionListRoutes } from './suppression-lists.ts';
import { suppressManyRoute } from './suppress-many-definition.ts';
import {
  findSuppressionRoute,
  listSuppressionsRoute,
  suppressRoute,
  unsuppressRoute,
} from './suppression-definitions.ts';

/** The listing, and the export, that cursors are for. */
const listName = 'suppressions';

/** `/v1/suppressions`: the addresses that a project no longer mails. */
export function addSuppressionRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  app.use(`${listSuppressionsRoute.path}/*`, requireScope('suppressions'));
  addSuppressionListRoutes(app, ports, budget);
  addListing(app, ports);
  addAdding(app, ports, budget);
  addOneAddress(app, ports);
}

function addListing(app: ApiRouter, { suppressions, cursors, clock }: AppPorts): void {
  app.openapi(listSuppressionsRoute, async (c) => {
    const { projectId } = c.get('principal');
    const { limit, after: cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : cursors.decode(projectId, listName, cursor);
    if (cursor !== undefined && after === null) {
      return problem(c, 'invalid_cursor', 'after is the next_cursor of an earlier page of this list, as it was given.');
    }
    const found = await fromStore(() => suppressions.list(projectId, limit + 1, after, clock.now()));
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return c.json(
      {
        object: 'list' as const,
        data: page.map(suppressionView),
        has_more: last !== undefined,
        next_cursor: last === undefined ? null : cursors.encode(projectId, listName, last.canonical),
      },
      200,
    );
  });
}

function addAdding(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const { suppressions, clock } = ports;
  const body = readJson(ports.limits.maxRequestBytes, budget);

  // Whose they are does not matter for what is wrong with them.
  const checkOne = {
    standIns: { email: 'nobody@example.com' },
    errorsOf: (request: SuppressRequest) => errorsIn(readSuppression(request, '', defaultProjectId, clock.now())),
  };
  const checkMany = {
    standIns: {},
    errorsOf: (request: SuppressManyRequest) => readMany(request, defaultProjectId, clock.now()).flatMap(errorsIn),
  };

  app.post(suppressRoute.path, body);
  app.openapi(
    suppressRoute,
    async (c) => {
      const now = clock.now();
      const read = readSuppression(c.req.valid('json'), '', c.get('principal').projectId, now);
      if (!read.ok) return validationProblem(c, read.errors);
      const [standing] = await fromStore(() => suppressions.add([read.suppression], now));
      if (standing === undefined) throw new Error('One suppression was added and none stands.');
      return c.json(suppressionView(standing.suppression), standing.added ? 201 : 200);
    },
    checkOne,
  );

  app.post(suppressManyRoute.path, body);
  app.openapi(
    suppressManyRoute,
    async (c) => {
      const now = clock.now();
      const read = readMany(c.req.valid('json'), c.get('principal').projectId, now);
      const errors = read.flatMap(errorsIn);
      if (errors.length > 0) return validationProblem(c, errors);
      const wanted = read.flatMap((result): Suppression[] => (result.ok ? [result.suppression] : []));
      const standing = await fromStore(() => suppressions.add(wanted, now));
      const data = standing.map(({ suppression, added }, index) => ({ index, added, ...suppressionView(suppression) }));
      return c.json({ object: 'list' as const, data }, 200);
    },
    checkMany,
  );
}

function readMany(
  { suppressions }: SuppressManyRequest,
  projectId: ProjectId,
  now: number,
): readonly SuppressionResult[] {
  return suppressions.map((one, index) => readSuppression(one, `/suppressions/${index}`, projectId, now));
}

function errorsIn(result: SuppressionResult): readonly FieldError[] {
  return result.ok ? [] : result.errors;
}

function addOneAddress(app: ApiRouter, { suppressions, clock }: AppPorts): void {
  app.openapi(findSuppressionRoute, async (c) => {
    const mailbox = mailboxOf(c.req.valid('param').email);
    if (mailbox === null) return notFound(c);
    const { projectId } = c.get('principal');
    const found = await fromStore(() => suppressions.find(projectId, canonicalAddress(mailbox), clock.now()));
    return found === null ? notFound(c) : c.json(suppressionView(found), 200);
  });

  app.openapi(unsuppressRoute, async (c) => {
    const mailbox = mailboxOf(c.req.valid('param').email);
    if (mailbox === null) return notFound(c);
    const { projectId } = c.get('principal');
    const removed = await fromStore(() => suppressions.remove(projectId, canonicalAddress(mailbox), clock.now()));
    if (!removed) return notFound(c);
    return c.json({ object: 'suppression' as const, email: addressOf(mailbox), deleted: true as const }, 200);
  });
}

function mailboxOf(text: string): Mailbox | null {
  const read = parseMailbox(text);
  return read.ok ? read.mailbox : null;
}

// The same for an address that is mailed, is malformed or is suppressed by another project.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'This address is not suppressed.');
}
