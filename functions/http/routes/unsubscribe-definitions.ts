import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';

const params = lazily(() =>
  z.object({ token: z.string().meta({ examples: ['q0J6…'], description: 'As in the header List-Unsubscribe.' }) }),
);

const page = described((description: string) => ({
  description,
  content: { 'text/html': { schema: { type: 'string', examples: ['<!doctype html>…'] } } },
}));

export const askUnsubscribeRoute = createRoute({
  operationId: 'askUnsubscribe',
  tags: ['Leaving a list'],
  method: 'get',
  path: '/u/{token}',
  summary: 'A page with a button that unsubscribes; opening it changes nothing',
  security: [],
  request: () => ({ params: params() }),
  responses: described(() => ({
    200: page('The page, which loads nothing and needs no script.'),
    404: page('The link is not complete, or was never given out.'),
    429: page('Too many unknown links came from this address.'),
    ...problemResponses('internal_error', 'method_not_allowed', 'unavailable'),
  })),
});

export const unsubscribeRoute = createRoute({
  operationId: 'unsubscribe',
  tags: ['Leaving a list'],
  method: 'post',
  path: '/u/{token}',
  summary: 'Unsubscribe with one click (RFC 8058)',
  description: described(
    'For mail programs and the page. The address is suppressed with the reason unsubscribe; a second time changes nothing. The link works for as long as the master key is the same.',
  ),
  security: [],
  request: () => ({
    params: params(),
    body: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': described({
          schema: { type: 'string', examples: ['List-Unsubscribe=One-Click'] },
        }),
        'multipart/form-data': described({
          schema: {
            type: 'string',
            examples: ['--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'],
          },
        }),
      },
    },
  }),
  responses: described(() => ({
    200: page('The address gets no more mail.'),
    400: page('The body has no List-Unsubscribe=One-Click; nothing was changed.'),
    404: page('The link is not complete, or was never given out.'),
    429: page('Too many unknown links came from this address.'),
    ...problemResponses(
      'body_too_large',
      'internal_error',
      'method_not_allowed',
      'unavailable',
      'unsupported_media_type',
    ),
  })),
});
