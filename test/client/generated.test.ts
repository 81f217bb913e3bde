import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ApiDocument, operationTable, operationTypes } from '../../build/client-types.ts';
import { typeOf } from '../../build/schema-types.ts';
import { apiOperations } from '../../client/api-operations.ts';
import { Postern, PosternError } from '../../client/postern.ts';
import { type Api, startApi } from '../http/api.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const document = JSON.parse(read('docs/openapi.json')) as ApiDocument;

let api: Api;
let postern: Postern;

beforeAll(async () => {
  api = await startApi();
  postern = new Postern({ url: `http://127.0.0.1:${await api.listen()}`, key: api.key });
});

afterAll(() => api.dispose());

describe('the generated part of the client', () => {
  it('is what `npm run build:client` makes of the document', () => {
    expect(read('client/api-types.ts')).toBe(operationTypes(document));
    expect(read('client/api-operations.ts')).toBe(operationTable(document));
  });

  it.each(Object.keys(apiOperations))('%s has a method', (name) => {
    expect(read('client/postern.ts')).toContain(`this.request('${name}'`);
  });
});

describe('the type of a schema', () => {
  it.each([
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ enum: ['a', 'b', null] }, '"a" | "b" | null'],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } }, 'ReadonlyArray<string | number>'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'Readonly<Record<string, string>>'],
    [{ allOf: [{ $ref: '#/components/schemas/A' }, { type: 'boolean' }] }, '(A) & (boolean)'],
    [{}, 'unknown'],
  ])('%j is written out', (schema, expected) => {
    expect(typeOf(schema)).toBe(expected);
  });

  it.each([{ type: 'file' }, { not: {} }, { type: 'object', patternProperties: {} }])(
    '%j is refused, not guessed',
    (schema) => {
      expect(() => typeOf(schema)).toThrow('No type can be written');
    },
  );
});

describe('the client', () => {
  it('sends, reads and cancels over a real API', async () => {
    const sent = await postern.emails.send({
      from: { email: 'shop@sender.example', name: 'Shop' },
      to: ['ada@one.example'],
      subject: 'Hello',
      text: 'Hello',
      scheduled_at: new Date(Date.now() + 60_000).toISOString(),
    });
    expect([sent.object, sent.status, sent.recipients.length]).toEqual(['email', 'scheduled', 1]);
    expect((await postern.emails.get(sent.id)).recipients[0]?.email).toBe('ada@one.example');
    expect((await postern.emails.cancel(sent.id)).status).toBe('canceled');
    expect((await postern.health()).status).toBe('ok');
  });

  it('makes a key that may read, which another client then uses, and revokes it', async () => {
    const made = await postern.keys.create({ name: 'reader', scopes: ['emails:read'] });
    const reader = new Postern({ url: `http://127.0.0.1:${await api.listen()}`, key: made.key });
    await expect(reader.emails.get('em_1')).rejects.toMatchObject({ code: 'not_found' });
    await expect(reader.keys.list()).rejects.toMatchObject({ status: 403, code: 'insufficient_scope' });
    expect((await postern.keys.list()).data.map(({ id }) => id)).toContain(made.id);
    expect((await postern.keys.revoke(made.id)).deleted).toBe(true);
    await expect(reader.emails.get('em_1')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('suppresses an address, and mails it again', async () => {
    const added = await postern.suppressions.add({ email: 'Ada+news@one.example', reason: 'unsubscribe' });
    expect((await postern.suppressions.get('ada@one.example')).email).toBe(added.email);
    expect((await postern.suppressions.list({ limit: 1 })).data.map(({ reason }) => reason)).toEqual(['unsubscribe']);
    expect((await postern.suppressions.remove(added.email)).deleted).toBe(true);
  });

  it('hands over a list of addresses as CSV or JSON lines, and takes it back', async () => {
    const taken = await postern.suppressions.importList('eve@one.example\n', 'text/csv', { reason: 'bounce' });
    expect([taken.added, taken.refused]).toEqual([1, 0]);
    expect(await postern.suppressions.exportList('text/csv')).toContain('eve@one.example,bounce,');
    const lines = await postern.suppressions.exportList('application/x-ndjson');
    expect(await postern.suppressions.importList(lines, 'application/x-ndjson')).toMatchObject({ added: 0 });
    expect((await postern.suppressions.remove('eve@one.example')).deleted).toBe(true);
  });

  it('takes back a list that comes in parts as one', async () => {
    const small = await startApi({ suppressionLists: { mostImported: 5_000, exportBytes: 1 } });
    const client = new Postern({ url: `http://127.0.0.1:${await small.listen()}`, key: small.key });
    const addresses = Array.from({ length: 1_100 }, (_, index) => `r${String(index).padStart(4, '0')}@one.example`);
    await client.suppressions.importList(addresses.join('\n'), 'text/csv');
    const [head, ...rows] = (await client.suppressions.exportList('text/csv')).trimEnd().split('\r\n');
    expect([head, rows.map((row) => row.split(',')[0])]).toEqual([
      'email,reason,note,created_at,expires_at',
      addresses,
    ]);
    const lines = (await client.suppressions.exportList('application/x-ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { email: string }).email)).toEqual(addresses);
    await small.dispose();
  });

  it('sends a raw message given as bytes, lists it, and reads its events and its content', async () => {
    const message = Buffer.from('From: a@sender.example\r\nTo: b@one.example\r\nSubject: Raw\r\n\r\nHello\r\n');
    const envelope = { from: 'a@sender.example', to: ['b@one.example', 'c@one.example'] };
    const sent = await postern.emails.sendRaw(new Uint8Array(message), { ...envelope, tags: ['raw'] });
    expect(sent.recipients).toHaveLength(2);
    expect((await postern.emails.list({ tag: 'raw', limit: 5 })).data.map(({ id }) => id)).toEqual([sent.id]);
    expect(await postern.emails.raw(sent.id)).toContain('Subject: Raw');
    expect((await postern.emails.events(sent.id)).data.map(({ type }) => type)).toEqual([
      'email.queued',
      'email.queued',
    ]);
    const batch = { mode: 'partial' as const, emails: [{ from: 'a@sender.example', to: 'nowhere', subject: 'x' }] };
    expect((await postern.emails.batch(batch)).data).toMatchObject([{ index: 0, error: { code: 'validation_error' } }]);
  });

  it('gets the same answer for the same key', async () => {
    const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
    const first = await postern.emails.send(email, { idempotencyKey: 'once' });
    expect(await postern.emails.send(email, { idempotencyKey: 'once' })).toEqual(first);
  });

  it('throws what the API refuses as a PosternError', async () => {
    const refused = postern.emails.send({ from: 'a@sender.example', to: 'nowhere', subject: 'Hello', text: 'Hello' });
    const error = await refused.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PosternError);
    expect(error).toMatchObject({
      status: 422,
      code: 'validation_error',
      retryable: false,
      errors: [{ pointer: '/to' }],
    });
    await expect(postern.emails.get('em_1')).rejects.toMatchObject({ status: 404, code: 'not_found' });
    const stranger = new Postern({ url: `http://127.0.0.1:${await api.listen()}`, key: 'not-a-key-of-anybody' });
    await expect(stranger.emails.get('em_1')).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
  });
});
