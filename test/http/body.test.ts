import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const KiB = 1024;
const smallest = JSON.stringify({ from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' });
const limits = { maxRequestBytes: 64 * KiB, maxBytesInFlight: 64 * KiB };

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi({ limits });
  port = await api.listen();
});

afterAll(() => api.dispose());

function openRequest(...headers: string[]): Socket {
  return openRequestAt(port, ...headers);
}

function openRequestAt(at: number, ...headers: string[]): Socket {
  const socket = connect(at, '127.0.0.1');
  const fields = ['Host: localhost', `Authorization: Bearer ${api.key}`, 'Content-Type: application/json', ...headers];
  socket.write(`POST /v1/emails HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return text;
}

describe('a body over HTTP (I17)', () => {
  it('is refused by its declared length before it is sent', async () => {
    const answer = await answerOf(openRequest(`Content-Length: ${64 * KiB + 1}`));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"body_too_large"');
  });

  it('is counted when it comes in chunks, and refused in the middle', async () => {
    const socket = openRequest('Transfer-Encoding: chunked');
    const chunk = `4000\r\n${'x'.repeat(16 * KiB)}\r\n`;
    const pump = setInterval(() => socket.write(chunk), 5);
    const answer = await answerOf(socket);
    clearInterval(pump);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is taken in chunks when it is small enough', async () => {
    const socket = openRequest('Transfer-Encoding: chunked', 'Connection: close');
    socket.write(`${smallest.length.toString(16)}\r\n${smallest}\r\n0\r\n\r\n`);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('does not hang the server when it is shorter than declared', async () => {
    const stalled = openRequestAt(await api.listen(500), `Content-Length: ${60 * KiB}`);
    stalled.write('{');
    const answer = await answerOf(stalled);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
    const vanished = openRequest(`Content-Length: ${60 * KiB}`);
    vanished.write('{', () => vanished.resetAndDestroy());
    await once(vanished, 'close');
    // The memory that both had reserved is free again, or this would wait for ever.
    const response = await fetch(`http://127.0.0.1:${port}/v1/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: smallest.padEnd(60 * KiB),
    });
    expect(response.status).toBe(202);
  });

  it('ends where its declared length ends', async () => {
    api.drafts.length = 0;
    const socket = openRequest('Content-Length: 10', 'Connection: close');
    socket.write(smallest);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(api.drafts).toEqual([]);
  });

  it('is not read without a key', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/emails HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\nContent-Type: application/json\r\n\r\n',
    );
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('a body', () => {
  it.each([
    ['compressed', { 'content-encoding': 'gzip' }, smallest, 415, 'unsupported_media_type'],
    ['of another type', { 'content-type': 'text/plain' }, smallest, 415, 'unsupported_media_type'],
    [
      'in another character set',
      { 'content-type': 'application/json; charset=utf-16' },
      smallest,
      415,
      'unsupported_media_type',
    ],
    ['that is empty', {}, '', 400, 'invalid_json'],
    ['with a key twice', {}, '{"from":"a@b.c","from":"d@e.f"}', 400, 'invalid_json'],
    ['with a byte order mark', {}, `\ufeff${smallest}`, 400, 'invalid_json'],
    ['that is an array', {}, '[]', 422, 'validation_error'],
    ['with half a surrogate pair', {}, smallest.replace('Hello', String.raw`\ud83d`), 422, 'validation_error'],
  ])('%s is refused', async (_, headers, body, status, code) => {
    const response = await api.request('POST', '/v1/emails', body, headers);
    expect([response.status, (await response.json()).code]).toEqual([status, code]);
  });

  it('in JSON with its character set named is taken', async () => {
    const response = await api.request('POST', '/v1/emails', smallest, {
      'content-type': 'Application/JSON; charset="UTF-8"',
    });
    expect(response.status).toBe(202);
  });

  it('that is not UTF-8 is refused', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: Buffer.from(smallest.replace('Hello', 'H\xe9llo'), 'latin1'),
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('not valid UTF-8')]);
  });

  it('names the place of a lone surrogate', async () => {
    const response = await api.request('POST', '/v1/emails', String.raw`{"metadata":{"a/b":"\udc00"}}`);
    expect((await response.json()).errors).toEqual([
      { pointer: '/metadata/a~1b', code: 'lone_surrogate', detail: expect.any(String) },
    ]);
  });
});

describe('many bodies at a time', () => {
  it('wait for memory instead of being refused', async () => {
    let most = 0;
    let running = 0;
    const two = Promise.withResolvers<void>();
    const gated = await startApi({
      limits: { maxRequestBytes: 64 * KiB, maxBytesInFlight: 128 * KiB },
      async accept() {
        most = Math.max(most, ++running);
        if (most === 2) two.resolve();
        await two.promise;
        // Time for a third one to come in, were it let in.
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
        running--;
        return { kind: 'unavailable', why: '' };
      },
    });
    const gatedPort = await gated.listen();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        fetch(`http://127.0.0.1:${gatedPort}/v1/emails`, {
          method: 'POST',
          headers: { authorization: `Bearer ${gated.key}`, 'content-type': 'application/json' },
          body: smallest.padEnd(60 * KiB),
        }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 503));
    expect(most).toBe(2);
    await gated.dispose();
  });
});
