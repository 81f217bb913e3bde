import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createApiServer } from '../../functions/wiring/api-server.ts';
import { type Api, startApi } from '../http/api.ts';

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi();
  port = await api.listen();
});

afterAll(() => api.dispose());

/** Everything that is answered until the server closes the connection. */
async function answersTo(octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => undefined);
  socket.write(octets, 'latin1');
  await once(socket, 'close');
  return text;
}

describe('what never becomes a request', () => {
  it.each([
    ['is no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400, 'malformed_request'],
    [
      'has two lengths',
      'POST /v1/emails HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'has a length and chunks',
      'POST /v1/emails HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['names no host', 'GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request'],
    [
      'has an endless field',
      `GET /v1/health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['has an endless address', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers_too_large'],
    [
      'expects what nobody knows',
      'GET /v1/health HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n',
      417,
      'expectation_failed',
    ],
  ])('because it %s is answered once, with a problem and its id', async (_, octets, status, code) => {
    const answer = await answersTo(octets);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const id = /^request-id: (req_[0-9a-f]{24})$/im.exec(head)?.[1];
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code, request_id: id });
  });

  it('is no request of HTTP/1.0 without a host', async () => {
    expect(await answersTo('GET /v1/health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('comes after the answer to what was a request before it', async () => {
    const answer = await answersTo('GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n\u0016\r\n\r\n');
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)?.at(-1)).toBe('HTTP/1.1 400');
  });

  it('is not answered in the middle of another answer', async () => {
    const server = createApiServer({
      listener: (_, response) => void response.write('first'),
      random: systemRandom,
      serverOptions: {},
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket
      .on('error', () => undefined)
      .on('data', (part) => {
        text += part.toString('latin1');
        if (text.includes('first')) socket.write('\u0016\r\n\r\n');
      });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'close');
    expect(text).toContain('first');
    expect(text).not.toContain('malformed_request');
    server.close();
  });
});
