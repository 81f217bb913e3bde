import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createMalformedAnswer } from '../../functions/http/malformed-request.ts';
import { createRequestListener } from '../../functions/wiring/request-listener.ts';

let server: Server;

beforeAll(async () => {
  const app = { fetch: () => new Response('it came to the API') };
  server = createServer(createRequestListener(app, createMalformedAnswer({ random: systemRandom }), '127.0.0.1'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => server.close());

async function answerTo(target: string, host: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return await text(socket);
}

it.each([
  ['a path with a backslash', '/v1\\emails', 'postern.example'],
  ['a Host with a path', '/v1/emails', 'postern.example/x'],
  ['a Host that is none', '/v1/emails', 'a b'],
])('answers %s with a problem as any other error', async (_, target, host) => {
  const [head = '', body = ''] = (await answerTo(target, host)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  const { request_id, ...problem } = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));
  expect(head.toLowerCase()).toContain(`request-id: ${request_id}`);
  expect(problem).toEqual({
    type: '/problems/malformed_request',
    title: 'The request is malformed',
    status: 400,
    code: 'malformed_request',
    detail: 'The address of the request, or its Host, makes no URL.',
    retryable: false,
  });
});

it('lets everything else come to the API', async () => {
  expect(await answerTo('/v1/emails?a=\\', 'postern.example')).toContain('it came to the API');
});
