import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { adjustableClock } from '../adapters/temporary-store.ts';
import { type Answer, type Api, otherKey, startApi } from './api.ts';

type Entry = { readonly index: number; readonly added: boolean; readonly email: string; readonly reason: string };
type Page = { readonly data: readonly Entry[]; readonly has_more: boolean; readonly next_cursor: string | null };

const theirs = { authorization: `Bearer ${otherKey}` };
const day = 86_400_000;

let api: Api;
let clock: ReturnType<typeof adjustableClock>;

beforeEach(async () => {
  clock = adjustableClock();
  api = await startApi({ clock });
});

afterEach(() => api.dispose());

function add(body: unknown, headers = {}): Promise<Answer> {
  return api.request('POST', '/v1/suppressions', body, headers);
}

function at(address: string): string {
  return `/v1/suppressions/${encodeURIComponent(address)}`;
}

async function pageOf(query = ''): Promise<Page> {
  const response = await api.request('GET', `/v1/suppressions${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as unknown as Page;
}

describe('POST /v1/suppressions', () => {
  it('adds an address with its reason, note and end, and answers 201', async () => {
    const expires_at = new Date(clock.now() + day).toISOString();
    const response = await add({ email: 'Ada+1@b\u00fccher.example', reason: 'complaint', note: 'angry', expires_at });
    expect([response.status, await response.json()]).toEqual([
      201,
      {
        object: 'suppression',
        email: 'Ada+1@xn--bcher-kva.example',
        reason: 'complaint',
        note: 'angry',
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        expires_at,
      },
    ]);
  });

  it('takes a reason, note and end that are not given for manual, none and never', async () => {
    const response = await add({ email: 'ada@one.example' });
    expect(await response.json()).toMatchObject({ reason: 'manual', note: null, expires_at: null });
  });

  it('answers 200 with what stands for an address that is there in any spelling (X23)', async () => {
    await add({ email: 'ada@one.example', reason: 'bounce' });
    const again = await add({ email: 'ADA+x@One.Example', reason: 'manual' });
    expect([again.status, await again.json()]).toEqual([
      200,
      expect.objectContaining({ email: 'ada@one.example', reason: 'bounce' }),
    ]);
  });

  it('adds anew what has expired', async () => {
    await add({ email: 'ada@one.example', expires_at: new Date(clock.now() + 1_000).toISOString() });
    clock.advance(1_001);
    const again = await add({ email: 'ada@one.example', reason: 'bounce' });
    expect([again.status, (await again.json()) as unknown]).toEqual([
      201,
      expect.objectContaining({ reason: 'bounce' }),
    ]);
  });

  it.each([
    ['no address', {}, '/email'],
    ['no address at all', { email: 'nobody' }, '/email'],
    ['a name', { email: 'Ada <ada@one.example>' }, '/email'],
    ['a list', { email: ['ada@one.example'] }, '/email'],
    ['another reason', { email: 'ada@one.example', reason: 'dislike' }, '/reason'],
    ['a note of two lines', { email: 'ada@one.example', note: 'a\nb' }, '/note'],
    ['an endless note', { email: 'ada@one.example', note: 'x'.repeat(1_025) }, '/note'],
    ['an end that has passed', { email: 'ada@one.example', expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
    ['an end in words', { email: 'ada@one.example', expires_at: 'tomorrow' }, '/expires_at'],
    ['an unknown field', { email: 'ada@one.example', reasn: 'bounce' }, '/reasn'],
  ])('refuses %s and stores nothing', async (_, body, pointer) => {
    const response = await add(body);
    const { errors } = await response.json();
    expect([response.status, errors.map((error) => error.pointer)]).toEqual([422, [pointer]]);
    expect((await pageOf()).data).toEqual([]);
  });

  it('answers 503 when the store is out of reach', async () => {
    const broken = await startApi({
      suppressions: { ...api.ports.suppressions, add: () => Promise.reject(new Error('disk')) },
    });
    const response = await broken.request('POST', '/v1/suppressions', { email: 'ada@one.example' });
    expect([response.status, (await response.json()).code]).toEqual([503, 'unavailable']);
    await broken.dispose();
  });
});

describe('POST /v1/suppressions/batch', () => {
  it('adds many at a time and says of each whether it was new', async () => {
    await add({ email: 'ada@one.example', reason: 'complaint' });
    const suppressions = ['bob@one.example', 'ADA@one.example', 'Bob+1@one.example'].map((email) => ({ email }));
    const response = await api.request('POST', '/v1/suppressions/batch', { suppressions });
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as unknown as Page;
    expect(data.map(({ index, added, email, reason }) => [index, added, email, reason])).toEqual([
      [0, true, 'bob@one.example', 'manual'],
      [1, false, 'ada@one.example', 'complaint'],
      [2, false, 'bob@one.example', 'manual'],
    ]);
  });

  it('adds all or none, and names every address that is wrong', async () => {
    const suppressions = [{ email: 'ada@one.example' }, { email: 'nobody' }, { email: 'x@one.example', note: '\r' }];
    const response = await api.request('POST', '/v1/suppressions/batch', { suppressions });
    expect([response.status, (await response.json()).errors.map((error) => error.pointer)]).toEqual([
      422,
      ['/suppressions/1/email', '/suppressions/2/note'],
    ]);
    expect((await pageOf()).data).toEqual([]);
  });

  it('takes a thousand, and no more and no fewer than one', async () => {
    const suppressions = Array.from({ length: 1_001 }, (_, index) => ({ email: `r${index}@one.example` }));
    const many = (count: number) =>
      api.request('POST', '/v1/suppressions/batch', { suppressions: suppressions.slice(0, count) });
    expect([(await many(0)).status, (await many(1_001)).status, (await many(1_000)).status]).toEqual([422, 422, 200]);
  });
});

describe('GET /v1/suppressions', () => {
  it('lists page by page, each once, in order', async () => {
    const suppressions = Array.from({ length: 45 }, (_, index) => ({ email: `R${index}@one.example` }));
    await api.request('POST', '/v1/suppressions/batch', { suppressions });
    const first = await pageOf();
    expect([first.data.length, first.has_more, Object.keys(first)]).toEqual([
      20,
      true,
      ['object', 'data', 'has_more', 'next_cursor'],
    ]);
    const second = await pageOf(`?limit=20&after=${first.next_cursor}`);
    const third = await pageOf(`?limit=5&after=${second.next_cursor}`);
    expect([third.data.length, third.has_more, third.next_cursor]).toEqual([5, false, null]);
    const seen = [first, second, third].flatMap(({ data }) => data.map(({ email }) => email.toLowerCase()));
    expect(seen).toEqual(suppressions.map(({ email }) => email.toLowerCase()).toSorted());
  });

  it.each(['0', '101', '-1', '1.5', 'ten', ''])('refuses a limit of %j', async (limit) => {
    const response = await api.request('GET', `/v1/suppressions?limit=${limit}`);
    expect([response.status, (await response.json()).errors[0]?.pointer]).toEqual([422, '/limit']);
  });

  it('refuses a parameter it does not know, with a suggestion', async () => {
    const response = await api.request('GET', '/v1/suppressions?limt=5');
    expect((await response.json()).errors).toEqual([
      { pointer: '/limt', code: 'unknown_key', detail: '"limt" is not a known field; did you mean "limit"?' },
    ]);
  });

  it('refuses a cursor that is forged, changed or of another project (X04, X05)', async () => {
    const suppressions = Array.from({ length: 3 }, (_, index) => ({ email: `r${index}@one.example` }));
    for (const headers of [{}, theirs]) {
      await api.request('POST', '/v1/suppressions/batch', { suppressions }, headers);
    }
    const { next_cursor } = await pageOf('?limit=1');
    const forged = ['', 'x', 'r1@one.example', Buffer.from('r1@one.example').toString('base64url'), `${next_cursor}A`];
    for (const cursor of forged) {
      const response = await api.request('GET', `/v1/suppressions?after=${encodeURIComponent(cursor)}`);
      expect([cursor, response.status, (await response.json()).code]).toEqual([cursor, 400, 'invalid_cursor']);
    }
    const elsewhere = await api.request('GET', `/v1/suppressions?after=${next_cursor}`, undefined, theirs);
    expect([elsewhere.status, (await elsewhere.json()).code]).toEqual([400, 'invalid_cursor']);
  });
});

describe('GET and DELETE /v1/suppressions/:email', () => {
  it.each(['ada@b\u00fccher.example', 'ADA+other@xn--bcher-kva.example', 'Ada@B\u00dcCHER.EXAMPLE'])(
    'find it by the spelling %s (X23)',
    async (spelling) => {
      await add({ email: 'Ada+news@b\u00fccher.example', reason: 'unsubscribe' });
      const found = await api.request('GET', at(spelling));
      expect([found.status, (await found.json()) as unknown]).toEqual([
        200,
        expect.objectContaining({ object: 'suppression', email: 'Ada+news@xn--bcher-kva.example' }),
      ]);
      const removed = await api.request('DELETE', at(spelling));
      expect([removed.status, (await removed.json()) as unknown]).toEqual([
        200,
        { object: 'suppression', email: expect.stringMatching(/^ada.*@xn--bcher-kva\.example$/i), deleted: true },
      ]);
      expect((await api.request('DELETE', at(spelling))).status).toBe(404);
      expect((await pageOf()).data).toEqual([]);
    },
  );

  it('read any character that an address may have out of the path', async () => {
    const atext = fc.constantFrom(
      'a',
      'Z',
      '0',
      '!',
      '#',
      '$',
      '%',
      '&',
      "'",
      '*',
      '/',
      '=',
      '?',
      '^',
      '`',
      '{',
      '~',
      '\u00e9',
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: atext, minLength: 1, maxLength: 8 }), async (local) => {
        fc.pre(!local.includes('=?'));
        const email = `${local}@one.example`;
        expect((await add({ email })).status).toBe(201);
        expect((await api.request('GET', at(email))).status).toBe(200);
        expect((await api.request('DELETE', at(email))).status).toBe(200);
      }),
      { numRuns: 50 },
    );
  });

  it('answer the same for an address that is mailed, malformed or another project\u2019s (X04)', async () => {
    await add({ email: 'theirs@one.example' }, theirs);
    const paths = [
      at('theirs@one.example'),
      at('nobody@one.example'),
      at('nobody'),
      '/v1/suppressions/%zz',
      at('a b@c.d'),
    ];
    for (const method of ['GET', 'DELETE']) {
      const answers = await Promise.all(paths.map((path) => api.request(method, path)));
      const texts = await Promise.all(
        answers.map(async (answer) => {
          const { request_id, ...rest } = await answer.json();
          expect(request_id).toMatch(/^req_/);
          return JSON.stringify([answer.status, rest]);
        }),
      );
      expect(new Set(texts).size).toBe(1);
      expect(texts[0]).toContain('[404,');
    }
    expect((await api.request('GET', at('theirs@one.example'), undefined, theirs)).status).toBe(200);
  });

  it('do not know one that has expired', async () => {
    await add({ email: 'ada@one.example', expires_at: new Date(clock.now() + 1_000).toISOString() });
    clock.advance(1_001);
    expect((await api.request('GET', at('ada@one.example'))).status).toBe(404);
    expect((await api.request('DELETE', at('ada@one.example'))).status).toBe(404);
  });
});
