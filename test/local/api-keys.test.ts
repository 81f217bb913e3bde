import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';

type Recipient = { readonly status: string; readonly attempts: readonly unknown[] };

const email = { from: 'a@sender.example', subject: 'Hello', text: 'Hello' };

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let dns: DnsServer;
let postern: PosternProcess | null = null;

beforeEach(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink();
  dns = await startDnsServer({
    'receiver.test': { mx: [{ preference: 10, exchange: 'mx.receiver.test' }] },
    'mx.receiver.test': { a: ['127.0.0.1'] },
  });
});

afterEach(async () => {
  if (postern?.child.exitCode === null) await postern.stop('SIGKILL');
  postern = null;
  await Promise.all([sink.close(), dns.close()]);
  temporary.dispose();
});

async function start(settings: Record<string, string>): Promise<PosternProcess> {
  postern = await startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: '50ms',
    POSTERN_SWEEP_INTERVAL: '50ms',
    ...settings,
  });
  return postern;
}

async function keyOf(local: PosternProcess, rights: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const answer = await local.request('POST', '/v1/api_keys', { name: 'A key', ...rights });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string; key: string };
}

/** Sends under the key and resolves when the recipients stand so. */
async function sent(
  local: PosternProcess,
  key: string,
  to: readonly string[],
  isSo: (recipients: readonly Recipient[]) => boolean,
): Promise<void> {
  const authorization = { authorization: `Bearer ${key}` };
  const answer = await local.request('POST', '/v1/emails', { ...email, to }, authorization);
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as { id: string };
  for (let tries = 0; tries < 200; tries++) {
    const found = await local.request('GET', `/v1/emails/${id}`, undefined, authorization);
    if (isSo(((await found.json()) as { recipients: readonly Recipient[] }).recipients)) return;
    await sleep(25);
  }
  throw new Error(`It did not come to that:\n${local.output()}`);
}

const routes = {
  mx: () => ({ POSTERN_ROUTE: 'mx', POSTERN_DNS: dns.url, POSTERN_MX_PORT: String(sink.port) }),
  smarthost: () => ({
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
  }),
};

describe('a test key', () => {
  it.each(['mx', 'smarthost'] as const)(
    'has its mail simulated on the %s route: no name is looked up and nothing is dialled',
    async (route) => {
      const local = await start(routes[route]());
      const test = await keyOf(local, { mode: 'test' });
      // Retries of what the simulator defers are simulated too.
      await sent(local, test.key, ['ada@receiver.test', 'bounced@receiver.test', 'deferred@receiver.test'], (all) => {
        const [ada, bounced, deferred] = all;
        const ended = ada?.status === 'delivered' && bounced?.status === 'bounced';
        return ended && deferred !== undefined && deferred.attempts.length >= 3;
      });
      expect([sink.connections(), dns.queries]).toEqual([0, []]);

      const live = await keyOf(local, {});
      const taken = route === 'mx' ? 'delivered' : 'relayed';
      await sent(local, live.key, ['ada@receiver.test'], ([ada]) => ada?.status === taken);
      expect([sink.connections(), sink.accepted()]).toEqual([1, 1]);
    },
  );
});

describe('a key', () => {
  it('is nowhere in the store, and neither it nor its digest is in a log or a later answer (X08, X09, X16)', async () => {
    const local = await start({});
    const kept = await keyOf(local, {});
    const idempotent = { 'idempotency-key': 'k' };
    const answer = await local.request('POST', '/v1/api_keys', { name: 'A key' }, idempotent);
    const revoked = (await answer.json()) as { id: string; key: string };
    await local.request('DELETE', `/v1/api_keys/${revoked.id}`);
    const answers: string[] = [];
    const ask = async (method: string, route: string, key: string, body?: unknown): Promise<void> => {
      const answered = await local.request(method, route, body, { authorization: `Bearer ${key}` });
      answers.push(await answered.text());
    };
    const wrong = `${kept.key.slice(0, -1)}x`;
    for (const key of [kept.key, revoked.key, wrong]) {
      await ask('POST', '/v1/emails', key, { ...email, to: 'a@receiver.test', [key.slice(-20)]: key });
      await ask('POST', '/v1/emails', key, key);
      await ask('GET', '/v1/api_keys', key);
      await ask('GET', `/v1/api_keys/${key}`, key);
      await ask('GET', `/v1/api_keys?key=${key}`, key);
    }
    for (let count = 0; count < 101; count++) {
      await ask('GET', '/v1/api_keys', wrong);
    }
    await local.stop();

    expect(local.output()).toContain('keys_guessed');
    const shown = [local.output(), ...answers].join('\n');
    const stored = readdirSync(temporary.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
    for (const key of [local.key, kept.key, revoked.key, wrong]) {
      const secret = key.split('_').at(-1) ?? key;
      const digests = (['hex', 'base64', 'base64url'] as const).map((form) =>
        createHash('sha256').update(key).digest(form),
      );
      for (const text of [key, secret]) expect(stored.includes(text)).toBe(false);
      for (const text of [key, secret, ...digests]) expect(shown.includes(text)).toBe(false);
    }
    expect(stored.includes(createHash('sha256').update(kept.key).digest().toString('latin1'))).toBe(true);
  });
});
