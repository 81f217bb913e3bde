import { Hono } from 'hono';

import { nameRequest } from './keys/name-request.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { problem } from './problem.ts';

/**
 * The answer to a request of whose target and Host no URL can be made (a backslash in the path, say): the API is a function
 * of requests that have one, so what runs it asks here instead.
 */
export function createMalformedAnswer(ports: Pick<AppPorts, 'random'>): () => Promise<Response> {
  const app = new Hono<AppEnv>();
  app.use(nameRequest(ports));
  app.all('*', (c) => problem(c, 'malformed_request', 'The address of the request, or its Host, makes no URL.'));
  return async () => await app.request('/');
}
