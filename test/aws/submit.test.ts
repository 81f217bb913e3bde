import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';

const mail = { from: 'shop@one.example', to: 'bob@two.example', subject: 'Hello', text: 'Hello.' };

let region: AwsRegion;
let aws: AwsDeployment;
beforeAll(async () => {
  region = await startAwsRegion();
  await bundled('submit');
}, 60_000);
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  aws = await deployToAws(region);
});

describe('the submit function', () => {
  it('answers 202 when the job is on the queue, and shows the email from then on', async () => {
    const accepted = await aws.request('POST', '/v1/emails', { body: mail });
    expect(accepted.statusCode).toBe(202);
    expect(region.messagesOn(aws.names.queueUrl)).toHaveLength(1);
    const { id } = JSON.parse(accepted.body) as { id: string };
    const found = await aws.request('GET', `/v1/emails/${id}`);
    expect(JSON.parse(found.body)).toMatchObject({ id, status: 'queued' });
    const listed = await aws.request('GET', '/v1/emails?to=bob@two.example&limit=5');
    expect(JSON.parse(listed.body)).toMatchObject({ data: [{ id }] });
  });

  it('describes itself from its bundle, and needs no key for that', async () => {
    const [health, document, docs] = await Promise.all(
      ['/v1/health', '/openapi.json', '/docs'].map((target) => aws.request('GET', target, { key: null })),
    );
    expect(JSON.parse(health?.body ?? '')).toMatchObject({ status: 'ok', route: 'sandbox' });
    expect(JSON.parse(document?.body ?? '')).toMatchObject({ openapi: '3.1.0', info: { version: '0.1.0' } });
    expect(docs?.statusCode).toBe(200);
  });

  it('takes the configured key and no other, and asks anew when the table was out of reach', async () => {
    region.proxy.fail(({ operation }) =>
      operation === 'PutItem' ? { kind: 'answer', status: 400, body: '{"__type":"AccessDeniedException"}' } : null,
    );
    expect((await aws.request('GET', '/v1/emails')).statusCode).toBe(503);
    region.proxy.heal();
    expect((await aws.request('GET', '/v1/emails')).statusCode).toBe(200);
    expect((await aws.request('GET', '/v1/emails', { key: 'another key of twenty characters' })).statusCode).toBe(401);
  });

  it('counts guesses by the address that the platform saw', async () => {
    const guess = (sourceIp: string, headers = {}) =>
      aws.request('GET', '/v1/emails', { key: 'a guess of more than twenty', sourceIp, headers });
    const answers = await Promise.all(Array.from({ length: 101 }, () => guess('203.0.113.5')));
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(1);
    expect((await guess('203.0.113.5', { 'x-forwarded-for': '203.0.113.6' })).statusCode).toBe(429);
    expect((await guess('203.0.113.6')).statusCode).toBe(401);
  });

  it('counts the requests of a key together with every other function', async () => {
    const rate_limit = { limit: 4, window_seconds: 3_600 };
    const made = await aws.request('POST', '/v1/api_keys', { body: { name: 'A key', rate_limit } });
    const { key } = JSON.parse(made.body) as { key: string };
    const other = await deployToAws(region, { POSTERN_TABLE: aws.names.table });
    const answers = [];
    for (const one of [aws, other, aws, other, aws, other])
      answers.push(await one.request('GET', '/v1/project', { key }));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(answers.map(({ headers }) => /r=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1])).toEqual([
      '3',
      '2',
      '1',
      '0',
      '0',
      '0',
    ]);
  });

  it('replays an answer that was lost, under the same id (Q14)', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await aws.request('POST', '/v1/emails', { body: mail, headers });
    const again = await aws.request('POST', '/v1/emails', { body: mail, headers });
    expect(again.body).toBe(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(region.messagesOn(aws.names.queueUrl)).toHaveLength(1);
  });

  it('takes one click from a mail program, which has no key', async () => {
    const named = await deployToAws(region, { POSTERN_PUBLIC_URL: 'https://mail.example' });
    // What waits for its time is in the bucket, where it can be read.
    const scheduled_at = new Date(Date.now() + 86_400_000).toISOString();
    const body = { ...mail, scheduled_at, list_unsubscribe: { one_click: true } };
    const sent = await named.request('POST', '/v1/emails', { body });
    const { id } = JSON.parse(sent.body) as { id: string };
    const raw = await named.request('GET', `/v1/emails/${id}/raw`);
    const message = Buffer.from(raw.body, 'base64')
      .toString('latin1')
      .replaceAll(/\r\n(?=[ \t])/g, '');
    const link = /^List-Unsubscribe: <https:\/\/mail\.example([^>]+)>/m.exec(message)?.[1] ?? expect.fail(message);
    const page = await named.request('GET', link, { key: null });
    expect([page.statusCode, page.headers['x-robots-tag']]).toEqual([200, 'noindex']);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const click = { key: null, headers, body: 'List-Unsubscribe=One-Click' };
    expect((await named.request('POST', link, click)).statusCode).toBe(200);
    const found = await named.request('GET', '/v1/suppressions/bob@two.example');
    expect(JSON.parse(found.body)).toMatchObject({ reason: 'unsubscribe' });
  });

  it('takes in a list of suppressions, and gives it back as it was', async () => {
    const list = Array.from({ length: 40 }, (_, index) => `r${String(index).padStart(3, '0')}@one.example\n`).join('');
    const headers = { 'content-type': 'text/csv' };
    const taken = await aws.request('POST', '/v1/suppressions/import?reason=complaint', { headers, body: list });
    expect(JSON.parse(taken.body)).toMatchObject({ added: 40, present: 0, refused: 0 });
    const given = await aws.request('GET', '/v1/suppressions/export');
    expect([given.statusCode, given.headers['link']]).toEqual([200, undefined]);
    const rows = given.body.trimEnd().split('\r\n').slice(1);
    expect(rows.map((row) => `${row.split(',')[0]}\n`).join('')).toBe(list);
    const long = await aws.request('POST', '/v1/suppressions/import', { headers, body: 'a@b.example\n'.repeat(3_001) });
    expect(long.statusCode).toBe(422);
  });

  it('refuses senders that nobody has verified once mail leaves the sandbox, unless it is told otherwise', async () => {
    expect((await aws.request('POST', '/v1/emails', { body: mail })).statusCode).toBe(202);
    const route = { POSTERN_ROUTE: 'smarthost', POSTERN_SMARTHOST_URL: 'smtp://127.0.0.1:1?tls=none' };
    const sending = await deployToAws(region, route);
    const refused = await sending.request('POST', '/v1/emails', { body: mail });
    expect(JSON.parse(refused.body)).toMatchObject({ status: 403, code: 'sender_not_allowed' });
    const trusting = await deployToAws(region, { ...route, POSTERN_UNVERIFIED_SENDERS: 'allow' });
    const taken = await trusting.request('POST', '/v1/emails', { body: mail });
    expect([taken.statusCode, taken.headers['postern-warning']]).toEqual([202, 'sender_domain_unverified']);
  });

  it('does not start with a setting that is missing', async () => {
    await expect(deployToAws(region, { POSTERN_TABLE: '' })).rejects.toThrow('POSTERN_TABLE is not set');
  });
});
