import type { Context, MiddlewareHandler } from 'hono';

import { limits } from '../../core/limits.ts';
import { unsubscribe } from '../../core/suppression/unsubscribe.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { readBody } from '../reading/read-body.ts';
import { requestLimits } from '../request-limits.ts';
import type { UnsubscribePage } from '../unsubscribing/unsubscribe-page.ts';
import { askUnsubscribeRoute, unsubscribeRoute } from './unsubscribe-definitions.ts';

type PageStatus = 200 | 400 | 404 | 429;

const failurePolicy = { limit: limits.failuresPerWindow, windowSeconds: limits.failureWindowSeconds };

/**
 * `/u/{token}`: what readers of mail, and their programs, unsubscribe by. A look at it changes nothing, for scanners look at every
 * link of a mail; a POST has to say what RFC 8058 has it say.
 */
export function addUnsubscribeRoutes(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  const { unsubscribeTokens } = ports;
  const path = unsubscribeRoute.getRoutingPath();
  app.describe(askUnsubscribeRoute);
  app.get(path, (c) =>
    unsubscribeTokens.verified(c.req.param('token')) === null ? refuse(c, ports) : show(c, 'asked', 200),
  );
  app.describe(unsubscribeRoute);
  app.post(path, readForm(budget), async (c) => {
    const bearer = unsubscribeTokens.verified(c.req.param('token'));
    if (bearer === null) return refuse(c, ports);
    if (!(await saysOneClick(c))) return show(c, 'malformed', 400);
    await fromStore(() => unsubscribe(bearer, ports));
    return show(c, 'done', 200);
  });
}

function readForm(budget: ByteBudget): MiddlewareHandler<AppEnv> {
  return readBody(requestLimits.unsubscribeFormBytes, budget, {
    accept: 'application/x-www-form-urlencoded, multipart/form-data',
    // A body that is no form does not say what it has to say either.
    problemOfType: () => null,
    take(c, bytes) {
      c.set('message', bytes);
      return null;
    },
  });
}

// RFC 8058 §3.1 has the one field, §3.2 the two forms.
async function saysOneClick(c: Context<AppEnv>): Promise<boolean> {
  const headers = { 'Content-Type': c.req.header('content-type') ?? '' };
  try {
    const form = await new Response(Buffer.from(c.get('message') ?? ''), { headers }).formData();
    const value = form.get('List-Unsubscribe');
    // Some end the body with a line end.
    return typeof value === 'string' && value.trim() === 'One-Click';
  } catch {
    return false;
  }
}

// A link that is good passes whatever else comes from its address: large mailbox providers post from few of them.
async function refuse(c: Context<AppEnv>, { failures, sourceOf, clock }: AppPorts): Promise<Response> {
  const source = `unsubscribe ${sourceOf(c)}`;
  const standing = await fromStore(() => failures.take(source, failurePolicy, 1, clock.now()));
  if (standing.allowed) return show(c, 'unknown', 404);
  return show(c, 'too_many', 429, { 'Retry-After': String(standing.resetSeconds) });
}

async function show(
  c: Context<AppEnv>,
  page: UnsubscribePage,
  status: PageStatus,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  // Most functions never show one.
  const { unsubscribePage, unsubscribePageHeaders } = await import('../unsubscribing/unsubscribe-page.ts');
  return c.body(unsubscribePage(page), status, { ...unsubscribePageHeaders, ...headers });
}
