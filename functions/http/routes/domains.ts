import type { Context } from 'hono';

import { parseDomainId } from '../../core/domains/domain-id.ts';
import { limits } from '../../core/limits.ts';
import { parseDomain } from '../../core/mailbox.ts';
import type { SenderDomain } from '../../core/ports/domains.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { domainView } from '../domains/domain-view.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { requestLimits } from '../request-limits.ts';
import { requireScope } from '../require-scope.ts';
import { domainRoutes } from './domain-definitions.ts';

const { add, list, find, verify, remove } = domainRoutes;

/** `/v1/domains`: add, list, find, verify and remove. */
export function addDomainRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const scope = requireScope('domains');
  const maxBytes = Math.min(ports.limits.maxRequestBytes, requestLimits.smallBodyBytes);
  app.post(add.path, scope, readJson(maxBytes, budget));
  app.openapi(add, (c) => addDomain(c, c.req.valid('json').name, ports), {
    standIns: {},
    errorsOf: ({ name }) => nameErrors(name),
  });

  app.get(list.path, scope);
  app.openapi(list, async (c) => {
    const domains = await fromStore(() => ports.domains.list(c.get('principal').projectId));
    return c.json({ object: 'list' as const, data: domains.map(domainView), has_more: false as const }, 200);
  });

  app.get(find.getRoutingPath(), scope);
  app.openapi(find, async (c) => {
    const domain = await domainOf(c, c.req.valid('param').id, ports);
    return domain === null ? notFound(c) : c.json(domainView(domain), 200);
  });

  app.post(verify.getRoutingPath(), scope);
  app.openapi(verify, async (c) => {
    const domain = await domainOf(c, c.req.valid('param').id, ports);
    const checked = domain && (await fromStore(() => ports.verifyDomain(domain)));
    return checked === null ? notFound(c) : c.json(domainView(checked), 200);
  });

  app.delete(remove.getRoutingPath(), scope);
  app.openapi(remove, async (c) => {
    const id = parseDomainId(c.req.valid('param').id);
    const removed = id !== null && (await fromStore(() => ports.domains.remove(c.get('principal').projectId, id)));
    return removed ? c.json({ id, object: 'domain' as const, deleted: true as const }, 200) : notFound(c);
  });
}

async function addDomain(c: Context<AppEnv>, text: string, ports: AppPorts) {
  const name = parseDomain(text);
  if (!name.ok) return validationProblem(c, nameErrors(text));
  const result = await fromStore(() => ports.addDomain(c.get('principal').projectId, name.domain));
  switch (result.kind) {
    case 'added':
      return c.json(domainView(result.domain), 201);
    case 'exists':
      return problem(c, 'domain_exists', `The project has the domain ${name.domain} already.`);
    case 'full':
      return problem(c, 'too_many_domains', `A project has at most ${limits.domainsPerProject} domains.`);
  }
}

function nameErrors(text: string): readonly FieldError[] {
  const name = parseDomain(text);
  return name.ok ? [] : [{ pointer: '/name', code: 'invalid_value', detail: name.why }];
}

async function domainOf(c: Context<AppEnv>, text: string, { domains }: AppPorts): Promise<SenderDomain | null> {
  const id = parseDomainId(text);
  return id === null ? null : await fromStore(() => domains.find(c.get('principal').projectId, id));
}

// The same for an id that never was, is malformed or is another project's.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such domain.');
}
