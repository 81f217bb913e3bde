import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseNamedMailbox } from '../../functions/http/sending/named-mailbox.ts';
import { sendSchema } from '../../functions/http/sending/send-schema.ts';
import { type Api, startApi } from './api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    'a@b.example',
    'N <a@b.example>',
    '"Q, N" <a@b.example>',
    'QQ==',
    'text/plain',
    '2030-01-01T00:00:00Z',
    '\ud800',
    'x'.repeat(2_000),
  ),
);
const address = fc.oneof(text, fc.record({ email: text, name: fc.option(text) }, { requiredKeys: [] }));
const addresses = fc.oneof(address, fc.array(address, { maxLength: 5 }));
const strange = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(null));

// Requests that are nearly right: a good one with some fields replaced by good, bad and foreign values.
const fields = fc.record(
  {
    from: fc.oneof(addresses, strange),
    to: fc.oneof(addresses, strange),
    cc: fc.oneof(addresses, strange),
    bcc: addresses,
    reply_to: addresses,
    subject: fc.oneof(text, strange),
    html: fc.oneof(text, strange),
    headers: fc.oneof(fc.dictionary(fc.oneof(text, fc.constantFrom('X-A', 'Bcc', 'References')), text), strange),
    attachments: fc.oneof(
      fc.array(
        fc.record(
          {
            filename: text,
            content: fc.oneof(text, fc.base64String()),
            content_type: text,
            content_id: text,
            disposition: text,
            path: text,
          },
          { requiredKeys: ['filename', 'content'] },
        ),
        { maxLength: 3 },
      ),
      strange,
    ),
    tags: fc.oneof(fc.array(text), strange),
    metadata: fc.oneof(fc.dictionary(text, text), strange),
    scheduled_at: fc.oneof(text, strange),
    expires_at: fc.oneof(text, strange),
    tls: fc.oneof(fc.constantFrom('opportunistic', 'required', 'requiretls'), strange),
    on_in_doubt: fc.oneof(fc.constantFrom('retry', 'hold'), strange),
    dsn: fc.oneof(
      fc.record(
        {
          to: fc.oneof(fc.constant('ops@sender.example'), text),
          notify: fc.oneof(fc.uniqueArray(fc.constantFrom('failure', 'delay', 'success', 'never')), strange),
          ret: fc.oneof(fc.constantFrom('headers', 'full'), strange),
          envid: fc.oneof(text, strange),
        },
        { requiredKeys: ['to'] },
      ),
      strange,
    ),
    unknown: strange,
  },
  { requiredKeys: [] },
);

// A hundred thousand over real connections are part of the long tests.
describe('any request', () => {
  it('is taken or refused with a reason, and never ends in an error of ours', async () => {
    const good = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
    await fc.assert(
      fc.asyncProperty(fields, async (change) => {
        const response = await api.request('POST', '/v1/emails', { ...good, ...change });
        expect([202, 400, 422]).toContain(response.status);
        const body = await response.json();
        const errors = body.errors ?? [];
        expect(errors.length > 0).toBe(response.status === 422);
        expect(errors.filter(({ pointer }) => !/^(?:\/(?:[^~]|~[01])*)?$/su.test(pointer))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(api.logged).toEqual([]);
  }, 120_000);

  it('of any text at all is never an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (body) => {
        const response = await api.request('POST', '/v1/emails', body);
        expect([400, 422]).toContain(response.status);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('any text for an address', () => {
  it('yields a mailbox without a character that could end or extend it', () => {
    const piece = fc.constantFrom(
      'a',
      '@',
      '.',
      '<',
      '>',
      '"',
      '\\',
      ',',
      ' ',
      '(',
      ')',
      '\r',
      '\n',
      '\u0000',
      'b.example',
      '=?',
      '\u3002',
      '\u00df',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
        const read = parseNamedMailbox(pieces.join(''));
        if (!read.ok) return;
        expect(read.named.mailbox.local).not.toMatch(/[\s<>@",()\\\0]/);
        expect(read.named.mailbox.domain).toMatch(/^[a-z0-9.-]+$/);
        expect(read.named.name ?? '').not.toMatch(/[\x00-\x1f\x7f]/);
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives back the name that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 50 }), (name) => {
        const quoted = `"${name.replaceAll(/["\\]/g, '\\$&')}" <a@b.example>`;
        const read = parseNamedMailbox(quoted);
        expect(read).toMatchObject({ ok: true, named: { name: name.trim() === '' ? null : name.trim() } });
      }),
    );
  });

  it('of 64 KB of attack text is decided at once (I25)', () => {
    const attacks = [
      '"'.repeat(65_536),
      '"\\'.repeat(32_768),
      '<'.repeat(65_536),
      `${'a '.repeat(32_768)}<`,
      `a@${'a.'.repeat(32_768)}`,
      `${'a.'.repeat(32_768)}@b.example`,
    ];
    for (const attack of attacks) {
      const start = process.cpuUsage();
      parseNamedMailbox(attack);
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
    }
  });
});

describe('the prototype of objects', () => {
  it.each(['{"__proto__":{"polluted":1}}', '{"metadata":{"constructor":"x"}}', '{"headers":{"__proto__":"x"}}'])(
    'is out of reach of %s (I16)',
    async (body) => {
      const response = await api.request('POST', '/v1/emails', body);
      expect(response.status).toBe(400);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  it('is no field of the form', () => {
    expect(sendSchema().safeParse(JSON.parse('{"toString":1}')).success).toBe(false);
  });
});
