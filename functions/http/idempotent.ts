import type { Context, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { IdempotentRequest, KeptAnswer } from '../core/ports/admissions.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import type { Principal } from '../core/ports/keys.ts';
import { fingerprintOf } from './reading/fingerprint.ts';
import { fromStore } from './from-store.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { problem } from './problem.ts';
import { warn } from './sending/sender-check.ts';

/** The form of an idempotency key. */
export const keyForm = /^[\x20-\x7e]{1,255}$/;

/**
 * Honours an Idempotency-Key: a request seen before gets the answer kept for it, one still running 409, another body under
 * the same key 422. It stands before validation, for what was right when it was accepted (a time to come, say) may not be
 * right any more when the client asks again.
 */
export function idempotent(
  { idempotency, clock, log }: Pick<AppPorts, 'idempotency' | 'clock' | 'log'>,
  route: string,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = c.req.header('idempotency-key');
    c.set('idempotent', null);
    if (key === undefined) return next();
    if (!keyForm.test(key)) {
      return problem(c, 'invalid_idempotency_key', 'An Idempotency-Key has 1 to 255 printable ASCII characters.');
    }
    const request = requestUnderKey(c.get('principal'), route, key, c.get('body'));
    const begun = await fromStore(() => idempotency.begin(request, clock.now()));
    switch (begun.kind) {
      case 'running':
        return problem(c, 'idempotency_in_progress', 'A request with this Idempotency-Key is still running.', {
          headers: { 'Retry-After': '1' },
        });
      case 'kept':
        return replay(c, request, begun.kept);
      case 'fresh':
        c.set('idempotent', request);
        try {
          return await next();
        } finally {
          await release(idempotency, request, log);
        }
    }
  };
}

/** What an idempotency key stands for: the project, the route and the body. */
export function requestUnderKey(
  { projectId, mode }: Principal,
  route: string,
  key: string,
  body: unknown,
): IdempotentRequest {
  // What a test key has simulated must not stand for what a live key sends.
  const scope = mode === 'test' ? `${route} (test)` : route;
  return { projectId, route: scope, key, fingerprint: fingerprintOf(body) };
}

/** Answers as the first request was answered, or refuses when that one had another body. */
export function replay(c: Context<AppEnv>, request: IdempotentRequest, kept: KeptAnswer): Response {
  if (kept.fingerprint !== request.fingerprint) {
    return problem(c, 'idempotency_key_reused', 'This Idempotency-Key was used for a request with another body.');
  }
  warn(c, kept.warning);
  return c.body(kept.body, kept.status as ContentfulStatusCode, {
    'Content-Type': 'application/json',
    'Idempotent-Replayed': 'true',
  });
}

// The answer stands whether or not the reservation can be given back; it runs out by itself.
async function release(idempotency: Idempotency, request: IdempotentRequest, log: AppPorts['log']): Promise<void> {
  try {
    await idempotency.release(request);
  } catch (error) {
    log.error('idempotency_not_released', { why: String(error) });
  }
}
