import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { derivedKey } from '../../functions/adapters/derived-key.ts';
import { createReturnPaths } from '../../functions/bounce/return-path.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import { type EmailId, parseEmailId } from '../../functions/core/ids.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import { defaultProjectId } from '../../functions/core/keys/project-name.ts';
import { complaintReport, deliveryReport } from '../support/returned-mail.ts';
import { type Api, otherKey, startApi } from './api.ts';

const headers = { 'content-type': 'message/rfc822' };
const email = { from: 'a@sender.example', to: 'bob@one.example', subject: 'Hello', text: 'Hello' };
const returnPaths = createReturnPaths('back.example', [derivedKey(Buffer.alloc(32, 5), 'return path')]);

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function pathOfNewEmail(position: number | null = 0): Promise<{ id: EmailId; path: string }> {
  const { id } = await (await api.request('POST', '/v1/emails', email)).json();
  const emailId = parseEmailId(id);
  if (emailId === null) throw new Error('It has an id.');
  const bearer = { projectId: defaultProjectId, deliveryId: deliveryIdOf(emailId, 0), position };
  return { id: emailId, path: addressOf(returnPaths.addressFor(bearer, Date.now())) };
}

async function inbound(text: string, query = '', more: Record<string, string> = {}): Promise<unknown> {
  const answer = await api.request('POST', `/v1/inbound${query}`, text, { ...headers, ...more });
  expect(answer.status).toBe(200);
  return await answer.json();
}

describe('POST /v1/inbound', () => {
  it('says what a delivery report says of each recipient, and whether it came to a return path of ours', async () => {
    const { path } = await pathOfNewEmail();
    const report = deliveryReport(path, [
      { address: 'bob@one.example' },
      { address: 'ada@one.example', action: 'delayed', status: '4.4.1', diagnostic: '451 4.4.1 Try later' },
    ]);
    expect(await inbound(report)).toEqual({
      kind: 'dsn',
      token: 'valid',
      recipients: [
        {
          address: 'bob@one.example',
          action: 'failed',
          status: '5.1.1',
          category: 'invalid_recipient',
          suppress: true,
          rule: expect.any(String) as string,
          diagnostic: '550 5.1.1 No such user here',
        },
        expect.objectContaining({ address: 'ada@one.example', action: 'delayed', suppress: false }) as object,
      ],
    });
    expect(await inbound(complaintReport('x@back.example', 'bob@one.example'))).toMatchObject({
      kind: 'arf',
      token: 'none',
      recipients: [{ action: 'complained', category: 'complaint', suppress: true }],
    });
    expect(await inbound('Subject: Hello\r\n\r\nHow are you?\r\n')).toEqual({
      kind: 'other',
      token: 'none',
      recipients: [],
    });
  });

  it("takes another project's return path for a forged one (X24)", async () => {
    const { path } = await pathOfNewEmail();
    const report = deliveryReport(path, [{ address: 'bob@one.example' }]);
    expect(await inbound(report, '', { authorization: `Bearer ${otherKey}` })).toMatchObject({ token: 'invalid' });
  });

  it.each(['delivered-to', 'x-original-to'])('finds the return path in %s too', async (name) => {
    const { path } = await pathOfNewEmail();
    const report = `${name}: ${path}\r\n${deliveryReport('postmaster@sender.example', [{ address: 'bob@one.example' }])}`;
    expect(await inbound(report)).toMatchObject({ token: 'valid' });
  });

  it('refuses what is no mail by its type, is too large, or is asked for in another way', async () => {
    const post = async (path: string, more: Record<string, string>, body = 'x') =>
      (await api.request('POST', path, body, more)).status;
    expect(await post('/v1/inbound', { 'content-type': 'application/json' })).toBe(415);
    expect(await post('/v1/inbound', { ...headers, 'content-encoding': 'gzip' })).toBe(415);
    expect(await post('/v1/inbound?dry_run=maybe', headers)).toBe(422);
    expect(await post('/v1/inbound?dryrun=true', headers)).toBe(422);
    expect((await api.request('GET', '/v1/inbound')).status).toBe(405);
    const small = await startApi({ limits: { maxRequestBytes: 1_024, maxBytesInFlight: 4_096 } });
    expect((await small.request('POST', '/v1/inbound', 'x'.repeat(1_025), headers)).status).toBe(413);
    await small.dispose();
  });

  it('is stopped by the rate limit of its key, before anything is taken in', async () => {
    const { path } = await pathOfNewEmail();
    const report = deliveryReport(path, [{ address: 'bob@one.example' }]);
    const rights = { name: 'Receiver', scopes: ['inbound'], rate_limit: { limit: 1, window_seconds: 3_600 } };
    const { key } = (await (await api.request('POST', '/v1/api_keys', rights)).json()) as unknown as { key: string };
    const authorization = `Bearer ${key}`;
    expect(await inbound(report, '?dry_run=true', { authorization })).toMatchObject({ token: 'valid' });
    const answer = await api.request('POST', '/v1/inbound', report, { ...headers, authorization });
    expect([answer.status, (await answer.json()).code]).toEqual([429, 'rate_limited']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('asks for the mail again while the delivery is being attempted', async () => {
    const mail = { kind: 'other', recipients: [], addressedTo: [], original: { messageId: null, fields: [] } } as const;
    const busy = await startApi({ takeReport: async () => ({ mail, token: 'valid', settled: false }) });
    const answer = await busy.request('POST', '/v1/inbound', 'x', headers);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    await busy.dispose();
  });

  it('answers whatever the bytes are (property)', async () => {
    const { path } = await pathOfNewEmail();
    const whole = Buffer.from(deliveryReport(path, [{ address: 'bob@one.example' }]));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc
        .tuple(fc.nat({ max: whole.length }), fc.uint8Array({ maxLength: 50 }), fc.nat({ max: whole.length }))
        .map(([from, inserted, to]) =>
          Buffer.concat([whole.subarray(0, from), inserted, whole.subarray(Math.min(from, to))]),
        ),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const text = Buffer.from(body).toString('latin1');
        const answer = await api.request('POST', '/v1/inbound?dry_run=true', text, headers);
        expect(answer.status).toBe(200);
      }),
      { numRuns: 100 },
    );
  });
});
