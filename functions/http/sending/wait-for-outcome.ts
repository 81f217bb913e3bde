import type { Context, MiddlewareHandler } from 'hono';

import { acceptedView } from '../emails/email-view.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { waitOf } from './prefer.ts';

/**
 * Honours Prefer: wait=N on a route that accepts one email: holds the answer until something is known of every recipient.
 * It stands before the body is read, so that the wait begins when the body's memory has been given back and its idempotency
 * key is free; what is kept for the key is the answer as it was at first.
 */
export function waitForOutcome(ports: Pick<AppPorts, 'awaitOutcome' | 'log'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const seconds = waitOf(c.req.header('prefer'));
    await next();
    const id = c.get('accepted');
    if (seconds === null || id === undefined) return;
    forgetBody(c);
    const { projectId } = c.get('principal');
    // The email is accepted whatever becomes of the wait, so a store that cannot be asked now is no reason for an error.
    const found = await fromStore(() => ports.awaitOutcome(projectId, id, seconds * 1_000, c.req.raw.signal)).catch(
      (error: unknown) => {
        ports.log.error('wait_failed', { why: String(error) });
        return null;
      },
    );
    if (found === null) return;
    c.res = c.json(acceptedView(found.email, found.deliveries), 202, { 'Preference-Applied': `wait=${seconds}` });
  };
}

// A request that waits holds no more than it needs, for nobody counts its memory any longer.
function forgetBody(c: Context<AppEnv>): void {
  c.set('body', null);
  c.set('message', undefined);
  c.req.json = () => Promise.reject(new Error('The body has been answered.'));
  c.req.addValidatedData('json', {});
}
