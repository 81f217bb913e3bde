import { request as httpRequest } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { type Answer, type Api, startApi } from './api.ts';

const guess = { authorization: 'Bearer pk_guessed' };
const attacker = '198.51.100.7';

let api: Api;
let nowMs: number;

beforeEach(async () => {
  // It stands still: no window of a test ends by itself.
  nowMs = systemClock.now();
  api = await startApi({ clock: { ...systemClock, now: () => nowMs } });
});

afterEach(() => api.dispose());

function guessed(headers: Record<string, string> = guess, source = attacker): Promise<Answer> {
  return api.request('GET', '/v1/emails/em_1', undefined, headers, source);
}

async function exhaust(source = attacker): Promise<void> {
  for (let count = 0; count < 100; count++) expect((await guessed(guess, source)).status).toBe(401);
}

describe('whoever guesses keys (X06)', () => {
  it('hears 429 after a hundred in a minute, and when to come again', async () => {
    await exhaust();
    const refused = await guessed();
    const body = await refused.json();
    expect([refused.status, body.code, refused.headers.get('www-authenticate')]).toEqual([429, 'rate_limited', null]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    nowMs += 60_000;
    expect((await guessed()).status).toBe(401);
  });

  it.each([
    ['of another scheme', { authorization: 'Basic Zm9vOmJhcg==' }],
    ['that is endless', { authorization: `Bearer ${'x'.repeat(10_000)}` }],
    ['with the form of a key', { authorization: `Bearer pk_${'0'.repeat(36)}_${'0'.repeat(40)}` }],
  ])('is counted by a key %s as well', async (_, headers) => {
    await exhaust();
    expect((await guessed(headers)).status).toBe(429);
  });

  it('keeps nobody with a known key out, from the same address or another', async () => {
    await exhaust();
    await guessed();
    expect((await guessed({})).status).toBe(404);
    expect((await guessed({}, '198.51.100.8')).status).toBe(404);
    expect((await guessed(guess, '198.51.100.8')).status).toBe(401);
  });

  it('is not the one who sends no key at all', async () => {
    await exhaust();
    expect((await guessed({ authorization: '' })).status).toBe(401);
  });

  it('is known by the address of the connection, whatever the request claims (X10)', async () => {
    await exhaust();
    const forged = {
      'x-forwarded-for': '203.0.113.1',
      forwarded: 'for=203.0.113.1',
      'x-real-ip': '203.0.113.1',
      'true-client-ip': '203.0.113.1',
      'cf-connecting-ip': '203.0.113.1',
    };
    expect((await guessed({ ...guess, ...forged })).status).toBe(429);
  });

  it('cannot charge another address by claiming it (X10)', async () => {
    for (let count = 0; count < 101; count++) await guessed({ ...guess, 'x-forwarded-for': '203.0.113.9' });
    expect((await guessed(guess, '203.0.113.9')).status).toBe(401);
  });

  it('is one and the same in all of an IPv6 network, and in IPv4 however it is written', async () => {
    await exhaust('2001:db8:1:2::1');
    expect((await guessed(guess, '2001:db8:1:2:ffff::9')).status).toBe(429);
    expect((await guessed(guess, '2001:db8:1:3::1')).status).toBe(401);
    await exhaust();
    expect((await guessed(guess, `::ffff:${attacker}`)).status).toBe(429);
  });

  it('stands in the log once a minute, with the address and without the guess', async () => {
    await exhaust();
    for (let count = 0; count < 5; count++) await guessed();
    expect(api.logged.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'keys_guessed', source: attacker, failures: 100 },
    ]);
  });

  it('is counted over a real connection by the other end of it', async () => {
    const port = await api.listen();
    const ask = (localAddress: string, authorization: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { port, host: '127.0.0.1', path: '/v1/emails/em_1', localAddress, headers: { authorization } };
        const request = httpRequest(options, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
        request.end();
      });
    for (let count = 0; count < 100; count++) expect(await ask('127.0.0.2', guess.authorization)).toBe(401);
    expect(await ask('127.0.0.2', guess.authorization)).toBe(429);
    expect(await ask('127.0.0.3', guess.authorization)).toBe(401);
    expect(await ask('127.0.0.2', `Bearer ${api.key}`)).toBe(404);
  });
});
