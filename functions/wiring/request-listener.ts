import type { RequestListener } from 'node:http';

import { getRequestListener, RequestError } from '@hono/node-server';

import type { createApp } from '../http/app.ts';

/** The API as Node's HTTP server asks it. `malformed` answers what no Request can be made of; left alone, that is a 400 without a body. */
export function createRequestListener(
  app: Pick<ReturnType<typeof createApp>, 'fetch'>,
  malformed: () => Promise<Response>,
  hostname: string,
): RequestListener {
  const answer = getRequestListener(app.fetch, {
    hostname,
    // The API answers its own errors: nothing but the first comes here.
    errorHandler: (error) => (error instanceof RequestError ? malformed() : new Response(null, { status: 500 })),
  });
  return (incoming, outgoing) => void answer(incoming, outgoing);
}
