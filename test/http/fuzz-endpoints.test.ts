import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const good = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const mime = 'From: a@sender.example\r\nTo: b@one.example\r\n\r\nHello\r\n';
const numRuns = 60;

type ErrorBody = { readonly errors?: readonly { readonly pointer: string }[] };

let api: Api;

beforeAll(async () => {
  api = await startApi({ checkSender: async () => 'allowed' });
});

afterAll(() => api.dispose());

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', 'a@b.example', 'N <a@b.example>', '2030-01-01T00:00:00Z', '\ud800', '__proto__', '/', '~'),
);
const strange = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(null));
const time = fc.oneof(text, strange, fc.constantFrom(null, '2001-01-01T00:00:00Z', new Date(2e12).toISOString()));

/** A good value with some members replaced by good, bad and foreign ones. */
function nearly(base: object, members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record({ ...members, unknown: strange }, { requiredKeys: [] }).map((change) => ({ ...base, ...change }));
}

const item = fc.oneof(
  strange,
  nearly(good, {
    to: fc.oneof(text, strange),
    idempotency_key: fc.oneof(text, strange),
    scheduled_at: time,
    tags: strange,
  }),
);
const bodies: [method: string, path: string, body: fc.Arbitrary<unknown>][] = [
  [
    'POST',
    '/v1/emails/batch',
    nearly(
      {},
      {
        emails: fc.oneof(strange, fc.array(item, { maxLength: 4 })),
        mode: fc.oneof(text, fc.constantFrom('atomic', 'partial')),
      },
    ),
  ],
  [
    'POST',
    '/v1/emails/raw',
    nearly(
      { mime, envelope: { from: 'a@sender.example', to: ['b@one.example'] } },
      {
        mime: fc.oneof(
          strange,
          text,
          fc
            .array(fc.oneof(text, fc.constantFrom('From: a@b.example', '\n', '\r\n', 'Bcc: x')))
            .map((pieces) => pieces.join('\n')),
        ),
        envelope: fc.oneof(
          strange,
          nearly(
            { from: 'a@sender.example', to: 'b@one.example' },
            { from: text, to: fc.oneof(text, fc.array(text, { maxLength: 3 })) },
          ),
        ),
        expires_at: time,
        metadata: fc.oneof(strange, fc.dictionary(text, text)),
      },
    ),
  ],
  [
    'POST',
    '/v1/emails/validate',
    nearly(good, { to: fc.oneof(text, strange), html: fc.oneof(text, strange), headers: fc.dictionary(text, text) }),
  ],
];

describe('any body', () => {
  it.each(bodies)(
    'of %s %s is taken or refused with a reason, and never ends in an error of ours',
    async (method, path, body) => {
      await fc.assert(
        fc.asyncProperty(body, async (value) => {
          const response = await api.request(method, path, value);
          expect([200, 202, 400, 409, 422]).toContain(response.status);
          const { errors = [] } = (await response.json()) as ErrorBody;
          expect(errors.length > 0 || response.status !== 422).toBe(true);
          expect(errors.filter(({ pointer }) => !/^(?:\/(?:[^~]|~[01])*)?$/su.test(pointer))).toEqual([]);
        }),
        { numRuns },
      );
      expect(api.logged).toEqual([]);
    },
  );

  it('of PATCH /v1/emails/:id too', async () => {
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await (await api.request('POST', '/v1/emails', { ...good, scheduled_at })).json();
    await fc.assert(
      fc.asyncProperty(nearly({}, { scheduled_at: time }), async (value) => {
        expect([200, 400, 422]).toContain((await api.request('PATCH', `/v1/emails/${id}`, value)).status);
      }),
      { numRuns },
    );
    expect(api.logged).toEqual([]);
  });

  it('of message/rfc822 too, whatever the query', async () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      text.map((value) => Buffer.from(`${mime}${value}`)),
    );
    const query = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('from', 'to', 'tags', 'tls')), text), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(octets, query, async (bytes, pairs) => {
        const asked = new URLSearchParams([['from', 'a@sender.example'], ['to', 'b@one.example'], ...pairs]);
        const headers = { 'content-type': 'message/rfc822' };
        const body = Buffer.from(bytes).toString('utf8');
        const response = await api.request('POST', `/v1/emails/raw?${asked.toString()}`, body, headers);
        // 401: a parameter may be called as one that a key must not stand in.
        expect([202, 401, 422]).toContain(response.status);
      }),
      { numRuns },
    );
    expect(api.logged).toEqual([]);
  });
});

describe('any query', () => {
  it('of GET /v1/emails is answered with a page or a reason', async () => {
    const name = fc.oneof(text, fc.constantFrom('limit', 'after', 'before', 'status', 'to', 'tag'));
    const value = fc.oneof(text, fc.constantFrom('1', '-1', '1e1', 'queued', 'queued,', `em_${'0'.repeat(36)}`));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
        const response = await api.request('GET', `/v1/emails?${new URLSearchParams(pairs).toString()}`);
        expect([200, 400, 401, 422]).toContain(response.status);
      }),
      { numRuns },
    );
    expect(api.logged).toEqual([]);
  });
});
