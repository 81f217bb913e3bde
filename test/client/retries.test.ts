import { afterEach, describe, expect, it } from 'vitest';

import { Postern, PosternError } from '../../client/postern.ts';
import {
  breakOff,
  hangUp,
  json,
  keepSilent,
  type Mood,
  type MoodyServer,
  problem,
  startMoodyServer,
} from './moody-server.ts';

const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const accepted = json(202, { id: 'em_1', object: 'email', status: 'queued' });
const unavailable = problem(503, 'unavailable', true, { 'Retry-After': '0' });

let server: MoodyServer;

afterEach(() => server.close());

async function clientOf(...moods: readonly Mood[]): Promise<Postern> {
  server = await startMoodyServer(...moods);
  return new Postern({ url: server.url, key: 'a-key', timeoutMs: 5_000 });
}

async function failure(promise: Promise<unknown>): Promise<PosternError> {
  const error: unknown = await promise.then(
    () => new Error('It succeeded.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PosternError)) throw error as Error;
  return error;
}

function keys(): unknown[] {
  return server.seen.map(({ headers }) => headers['idempotency-key']);
}

describe('a send', () => {
  it.each([
    ['a 503', unavailable],
    ['a 429', problem(429, 'rate_limited', true, { 'Retry-After': '0' })],
    ['a 409 of a first request that still runs', problem(409, 'idempotency_in_progress', true, { 'Retry-After': '0' })],
    ['a 500', problem(500, 'internal_error', true, { 'Retry-After': '0' })],
    ['a connection without an answer', hangUp],
    ['an answer that breaks off', breakOff],
    ['a gateway that answers in HTML', (response) => response.writeHead(502, { 'Retry-After': '0' }).end('<html>')],
  ] as [string, Mood][])(
    'is sent again after %s, under the same Idempotency-Key and with the same body',
    async (_, mood) => {
      const postern = await clientOf(mood, mood, accepted);
      const answer = await postern.emails.send(email);
      expect(answer.id).toBe('em_1');
      expect(server.seen.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual(
        Array.from({ length: 3 }, () => ['POST', '/v1/emails', email]),
      );
      expect(keys()[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(new Set(keys()).size).toBe(1);
    },
  );

  it('has a key of its own at every call, or the one that it is given', async () => {
    const postern = await clientOf(accepted);
    await postern.emails.send(email);
    await postern.emails.send(email);
    await postern.emails.send(email, { idempotencyKey: 'order-4711' });
    expect(new Set(keys()).size).toBe(3);
    expect(keys()[2]).toBe('order-4711');
  });

  it('asks to have its answer held', async () => {
    const postern = await clientOf(accepted);
    await postern.emails.send(email, { waitSeconds: 10 });
    expect(server.seen[0]?.headers['prefer']).toBe('wait=10');
  });

  it('is not sent again when the problem is not retryable, and says what was refused', async () => {
    const errors = [{ pointer: '/to', code: 'invalid_address', detail: 'A domain needs at least one dot.' }];
    const postern = await clientOf(problem(422, 'validation_error', false, {}, errors));
    const error = await failure(postern.emails.send(email));
    expect(error).toMatchObject({
      status: 422,
      code: 'validation_error',
      retryable: false,
      requestId: 'req_1',
      errors,
    });
    expect(error.message).toBe('validation_error: It is validation_error.');
    expect(server.seen).toHaveLength(1);
  });

  it('gives up after its retries with the last problem', async () => {
    const postern = await clientOf(unavailable);
    const error = await failure(postern.emails.send(email, { maxRetries: 2 }));
    expect([error.status, error.code, error.retryable]).toEqual([503, 'unavailable', true]);
    expect(server.seen).toHaveLength(3);
    expect((await failure(postern.emails.send(email, { maxRetries: 0 }))).code).toBe('unavailable');
    expect(server.seen).toHaveLength(4);
  });

  it('is sent again when there is no answer in time', async () => {
    const postern = await clientOf(keepSilent, accepted);
    expect((await postern.emails.send(email, { timeoutMs: 200 })).id).toBe('em_1');
    expect(new Set(keys()).size).toBe(1);
    server.close();
    const silent = await clientOf(keepSilent);
    const error = await failure(silent.emails.send(email, { timeoutMs: 50, maxRetries: 0 }));
    expect([error.status, error.code]).toEqual([0, 'timeout']);
  });
});

describe('Retry-After', () => {
  it.each([
    ['in seconds', () => '1'],
    // A date has no fractions: two seconds ahead is more than one.
    ['as a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('%s is waited for', async (_, value) => {
    const times: number[] = [];
    const postern = await clientOf(
      (response, request) => {
        times.push(performance.now());
        problem(429, 'rate_limited', true, { 'Retry-After': value() })(response, request);
      },
      (response, request) => {
        times.push(performance.now());
        accepted(response, request);
      },
    );
    await postern.emails.send(email);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('of an hour is not waited for; the error says how long it was', async () => {
    const postern = await clientOf(problem(429, 'rate_limited', true, { 'Retry-After': '3600' }));
    const error = await failure(postern.emails.send(email));
    expect([error.code, error.retryAfterMs]).toEqual(['rate_limited', 3_600_000]);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a request without an Idempotency-Key', () => {
  it.each([hangUp, problem(500, 'internal_error', true)])(
    'is not sent again when nobody knows whether it was done',
    async (mood) => {
      const postern = await clientOf(mood);
      expect((await failure(postern.emails.cancel('em_1'))).retryable).toBe(true);
      expect(server.seen).toHaveLength(1);
    },
  );

  it('is sent again when Postern says that nothing was done', async () => {
    const postern = await clientOf(unavailable, json(200, { id: 'em_1', status: 'canceled' }));
    expect((await postern.emails.cancel('em_1')).status).toBe('canceled');
    expect(keys()).toEqual([undefined, undefined]);
  });

  it('is sent again after silence when it only reads', async () => {
    const postern = await clientOf(hangUp, json(200, { id: 'em_1' }));
    expect((await postern.emails.get('em_1')).id).toBe('em_1');
    expect(server.seen).toHaveLength(2);
  });
});

describe('a signal', () => {
  it('ends a request under way, and the wait for the next attempt, with its reason', async () => {
    const postern = await clientOf(keepSilent);
    const controller = new AbortController();
    const underWay = postern.emails.send(email, { signal: controller.signal, maxRetries: 0 });
    controller.abort(new Error('enough'));
    await expect(underWay).rejects.toThrow('enough');
    server.close();

    const waiting = new AbortController();
    const patient = await clientOf((response, request) => {
      problem(503, 'unavailable', true, { 'Retry-After': '50' })(response, request);
      response.once('close', () => setTimeout(() => waiting.abort(new Error('no longer')), 50));
    });
    await expect(patient.emails.send(email, { signal: waiting.signal })).rejects.toThrow('no longer');
    expect(server.seen).toHaveLength(1);
    await expect(patient.emails.send(email, { signal: waiting.signal })).rejects.toThrow('no longer');
    expect(server.seen).toHaveLength(1);
  });
});

describe('a client', () => {
  it('takes its key nowhere but to the address that it was given with', async () => {
    const other = await startMoodyServer(accepted);
    const postern = await clientOf((response) => {
      response.writeHead(307, { Location: `${other.url}/v1/emails` }).end();
    });
    const error = await failure(postern.emails.send(email));
    expect([error.status, error.code]).toEqual([307, 'unexpected_answer']);
    expect(other.seen).toEqual([]);
    other.close();
    expect(JSON.stringify(postern)).not.toContain('a-key');
  });

  it('writes ids, queries and a base path into the address as they must be written', async () => {
    server = await startMoodyServer(json(200, {}));
    const postern = new Postern({ url: `${server.url}/mail/`, key: 'a-key' });
    await postern.emails.get('em_1/../?x');
    expect(server.seen[0]?.path).toBe('/mail/v1/emails/em_1%2F..%2F%3Fx');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer a-key');
  });

  it.each(['ftp://mail.example', 'mail.example', ''])('refuses the address "%s"', async (url) => {
    server = await startMoodyServer(accepted);
    expect(() => new Postern({ url, key: 'a-key' })).toThrow(TypeError);
  });
});
