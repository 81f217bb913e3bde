import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { adjustableClock } from '../adapters/temporary-store.ts';
import { type Answer, type Api, otherKey, startApi } from './api.ts';

const csv = { 'content-type': 'text/csv' };
const ndjson = { 'content-type': 'application/x-ndjson' };
const theirs = { authorization: `Bearer ${otherKey}` };
const importPath = '/v1/suppressions/import';
const exportPath = '/v1/suppressions/export';

let api: Api;
let clock: ReturnType<typeof adjustableClock>;

beforeEach(async () => {
  clock = adjustableClock();
  api = await startApi({ clock });
});

afterEach(() => api.dispose());

async function imported(text: string, query = '', headers: Record<string, string> = csv): Promise<unknown> {
  const answer = await api.request('POST', `${importPath}${query}`, text, headers);
  expect(answer.status).toBe(200);
  return await answer.json();
}

async function exported(headers: Record<string, string> = {}, from = api): Promise<string> {
  const answer = await from.request('GET', exportPath, undefined, headers);
  expect(answer.status).toBe(200);
  return await answer.text();
}

async function refusalsOf(answer: Answer): Promise<unknown> {
  return [answer.status, (await answer.json()).errors.map(({ pointer }) => pointer)];
}

const lines = async (headers = {}) => (await exported(headers)).trimEnd().split('\r\n').slice(1);

describe('POST /v1/suppressions/import', () => {
  it('takes one address a line, all with the reason that the query names', async () => {
    const text = 'ada@one.example\nBob+1@b\u00fccher.example\r\n\nADA@one.example';
    expect(await imported(text, '?reason=bounce')).toEqual({
      object: 'suppression_import',
      added: 2,
      present: 1,
      refused: 0,
      errors: [],
    });
    expect((await lines()).map((line) => line.split(',').slice(0, 2))).toEqual([
      ['ada@one.example', 'bounce'],
      ['Bob+1@xn--bcher-kva.example', 'bounce'],
    ]);
  });

  it('takes columns by their names, in any order', async () => {
    const text =
      'expires_at,Address,note,reason\r\n2999-01-01T00:00:00Z,ada@one.example,"said ""no"", twice",complaint\r\n,bob@one.example,,\r\n';
    expect(await imported(text)).toMatchObject({ added: 2 });
    const ada = await api.request('GET', '/v1/suppressions/ada@one.example');
    expect(await ada.json()).toMatchObject({
      reason: 'complaint',
      note: 'said "no", twice',
      expires_at: '2999-01-01T00:00:00.000Z',
    });
    const bob = await api.request('GET', '/v1/suppressions/bob@one.example');
    expect(await bob.json()).toMatchObject({ reason: 'manual', note: null, expires_at: null });
  });

  it('takes a JSON object a line, with the fields of the API', async () => {
    const text =
      '{"email":"ada@one.example","reason":"unsubscribe","created_at":"2020-01-01T00:00:00Z"}\r\n\n{"email":"bob@one.example"}';
    expect(await imported(text, '', ndjson)).toMatchObject({ added: 2 });
    const ada = await api.request('GET', '/v1/suppressions/ada@one.example');
    expect(await ada.json()).toMatchObject({ reason: 'unsubscribe', created_at: '2020-01-01T00:00:00.000Z' });
  });

  it('keeps what is there, so that a list may be sent again', async () => {
    await api.request('POST', '/v1/suppressions', { email: 'ada@one.example', reason: 'complaint' });
    for (const [added, present] of [
      [1, 1],
      [0, 2],
    ]) {
      expect(await imported('Ada+x@one.example\nbob@one.example')).toMatchObject({ added, present });
    }
    expect((await lines())[0]).toContain('ada@one.example,complaint');
  });

  const spoilt = [
    'email,reason,note,created_at,expires_at',
    'good@one.example,,,,',
    'nobody,,,,',
    'a@one.example,dislike,,,',
    'b@one.example,,,,2001-01-01T00:00:00Z',
    'c@one.example,,,2999-01-01T00:00:00Z,',
    'd@one.example,,,tomorrow,',
    'e@one.example,,',
    `f@one.example,,${'x'.repeat(1_025)},,`,
    '"g@one.example",,"a\nb",,',
    'x"y,,,,',
  ].join('\n');
  const pointers = [
    '/3/email',
    '/4/reason',
    '/5/expires_at',
    '/6/created_at',
    '/7/created_at',
    '/8',
    '/9/note',
    '/10/note',
    '/12',
  ];

  it('refuses all for one line that is wrong, and names every line that is', async () => {
    expect(await refusalsOf(await api.request('POST', importPath, spoilt, csv))).toEqual([422, pointers]);
    expect(await lines()).toEqual([]);
  });

  it('adds the others in partial mode', async () => {
    const answer = (await imported(spoilt, '?mode=partial')) as { errors: { pointer: string; detail: string }[] };
    expect(answer).toMatchObject({ added: 1, present: 0, refused: 9 });
    expect(answer.errors.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(answer.errors.every(({ detail }) => /^.+\.$/.test(detail))).toBe(true);
    expect((await lines()).map((line) => line.split(',')[0])).toEqual(['good@one.example']);
  });

  it('shows as many errors as a problem does, and counts the rest', async () => {
    const text = `email\n${'nobody\n'.repeat(1_200)}`;
    const all = await api.request('POST', importPath, text, csv);
    expect((await all.json()).errors).toHaveLength(50);
    const some = (await imported(text, '?mode=partial')) as { refused: number; errors: unknown[] };
    expect([some.refused, some.errors.length]).toEqual([1_200, 50]);
  });

  it.each([
    ['a column that nobody knows', 'email,reasn\na@one.example,bounce', '/1'],
    ['no column of addresses', 'reason,note\nbounce,x', '/1'],
    ['a column twice', 'email,address\na@one.example,b@one.example', '/1'],
    ['several columns without names', 'a@one.example,bounce', '/1'],
    ['an address that is empty', 'email,reason\n,bounce', '/2/email'],
    ['a quote that is never closed', 'a@one.example\n"b@one.example\n', '/2'],
  ])('refuses CSV with %s', async (_, text, pointer) => {
    expect(await refusalsOf(await api.request('POST', importPath, text, csv))).toEqual([422, [pointer]]);
  });

  it.each([
    ['no JSON', '{"email":"a@one.example"}\n{', '/2'],
    ['no object', '"a@one.example"', '/1'],
    ['an unknown field', '{"email":"a@one.example","reasn":"bounce"}', '/1/reasn'],
    ['a key twice', '{"email":"a@one.example","email":"b@one.example"}', '/1'],
    ['half a character', '{"email":"a@one.example","note":"\\ud800"}', '/1'],
    ['a byte order mark', '\ufeff{"email":"a@one.example"}', '/1'],
  ])('refuses a line with %s', async (_, text, pointer) => {
    expect(await refusalsOf(await api.request('POST', importPath, text, ndjson))).toEqual([422, [pointer]]);
  });

  it('refuses other types, other encodings, other parameters and lists that are too long', async () => {
    const post = async (more: Record<string, string>, query = '') =>
      (await api.request('POST', `${importPath}${query}`, 'a@one.example', more)).status;
    expect(await post({ 'content-type': 'application/json' })).toBe(415);
    expect(await post({ 'content-type': 'text/csv; charset=iso-8859-1' })).toBe(415);
    expect(await post({ 'content-type': 'text/csv; charset=UTF-8; header=absent' })).toBe(200);
    expect(await post(csv, '?mode=some')).toBe(422);
    expect(await post(csv, '?dry_run=true')).toBe(422);
    const port = await api.listen();
    const broken = await fetch(`http://127.0.0.1:${port}${importPath}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, ...csv },
      body: Buffer.from('email,note\nlatin1@one.example,\u00fcber', 'latin1'),
    });
    expect(broken.status).toBe(422);
    const small = await startApi({ suppressionLists: { mostImported: 2, exportBytes: null } });
    const long = 'a@one.example\nb@one.example\nc@one.example';
    expect(await refusalsOf(await small.request('POST', importPath, long, csv))).toEqual([422, ['']]);
    expect((await small.request('POST', importPath, long.slice(0, 27), csv)).status).toBe(200);
    await small.dispose();
  });

  it('answers 503 when the store fails midway, and the list completes what is there when it comes again', async () => {
    const text = Array.from({ length: 1_200 }, (_, index) => `r${index}@one.example`).join('\n');
    const { add } = api.ports.suppressions;
    let calls = 0;
    const failing: typeof add = (all, now) => (++calls === 2 ? Promise.reject(new Error('disk')) : add(all, now));
    const flaky = await startApi({ clock, suppressions: { ...api.ports.suppressions, add: failing } });
    expect((await flaky.request('POST', importPath, text, csv)).status).toBe(503);
    const again = await flaky.request('POST', importPath, text, csv);
    expect(await again.json()).toMatchObject({ added: 700, present: 500 });
    await flaky.dispose();
  });
});

describe('GET /v1/suppressions/export', () => {
  const address = fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9=+'@-]{1,6}$/), fc.constantFrom('one.example', 'b\u00fccher.example'))
    .map(([local, domain]) => `${local.replaceAll('@', '-')}@${domain}`)
    .filter((text) => !text.includes('=?'));
  const notes = fc.oneof(
    fc.constant(null),
    fc.string({
      unit: fc.constantFrom('"', ',', "'", '=', '@', ';', ' ', 'x', '\u00e9', '\u{1f4ed}'),
      minLength: 1,
      maxLength: 8,
    }),
  );
  const entry = fc.record({
    email: address,
    note: notes,
    reason: fc.constantFrom('manual', 'bounce', 'complaint', 'unsubscribe'),
    expires_at: fc.constantFrom(null, '2999-01-01T00:00:00.000Z'),
    created_at: fc.constantFrom('2020-01-01T00:00:00.000Z', '2021-02-03T04:05:06.789Z'),
  });

  it.each([
    ['CSV', 'text/csv'],
    ['JSON lines', 'application/x-ndjson'],
  ])('as %s is imported elsewhere as the same list (property)', async (_, type) => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const [here, there] = [await startApi({ clock }), await startApi({ clock })];
        const text = entries.map((one) => JSON.stringify(one)).join('\n');
        expect((await here.request('POST', importPath, text, ndjson)).status).toBe(200);
        const list = await exported({ accept: type }, here);
        const taken = await there.request('POST', importPath, list, { 'content-type': type });
        expect(taken.status).toBe(200);
        expect(await exported({ accept: type }, there)).toBe(list);
        expect(await exported({ accept: 'application/x-ndjson' }, there)).toBe(
          await exported({ accept: 'application/x-ndjson' }, here),
        );
        await Promise.all([here.dispose(), there.dispose()]);
      }),
      { numRuns: 8 },
    );
  });

  it('has every address of the project, and of no other, in the order of the listing', async () => {
    const text = Array.from({ length: 1_700 }, (_, index) => `R${index}@one.example`).join('\n');
    await imported(text);
    await api.request('POST', '/v1/suppressions', { email: 'theirs@one.example' }, theirs);
    const emails = (await lines()).map((line) => line.split(',')[0]?.toLowerCase());
    expect(emails).toEqual(text.toLowerCase().split('\n').toSorted());
    expect((await exported(theirs)).split('\r\n')).toHaveLength(3);
  });

  it('is a file that is kept by nobody on the way, in the form that is asked for', async () => {
    await imported('ada@one.example');
    const answer = await api.request('GET', exportPath);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="suppressions.csv"',
      'cache-control': 'no-store',
      vary: 'Accept',
    });
    expect(await answer.text()).toMatch(
      /^email,reason,note,created_at,expires_at\r\nada@one\.example,manual,,[\d:.TZ-]+,\r\n$/,
    );
    const json = await exported({ accept: 'application/x-ndjson' });
    expect(JSON.parse(json)).toMatchObject({ object: 'suppression', email: 'ada@one.example' });
  });

  it('has nothing that a spreadsheet runs (X30)', async () => {
    const note = '=HYPERLINK("https://evil.example")';
    await api.request('POST', '/v1/suppressions', { email: '=cmd@one.example', note });
    await api.request('POST', '/v1/suppressions', { email: '+1@one.example' });
    expect((await lines()).toSorted()).toEqual([
      expect.stringMatching(/^'\+1@one\.example,/),
      expect.stringMatching(/^'=cmd@one\.example,manual,"'=HYPERLINK\(""https:\/\/evil\.example""\)",/),
    ]);
  });

  it('goes on over several answers where each has to be small, in its own project only (X05)', async () => {
    await imported(Array.from({ length: 1_200 }, (_, index) => `r${index}@one.example`).join('\n'));
    const small = await startApi({
      clock,
      suppressions: api.ports.suppressions,
      suppressionLists: { mostImported: 10, exportBytes: 20_000 },
    });
    const parts: string[] = [];
    for (let path: string | undefined = exportPath; path !== undefined;) {
      const answer = await small.request('GET', path, undefined, { accept: 'application/x-ndjson' });
      parts.push(await answer.text());
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      if (path === undefined) break;
      expect((await small.request('GET', path, undefined, theirs)).status).toBe(400);
    }
    expect(parts).toHaveLength(3);
    expect(parts.join('')).toBe(await exported({ accept: 'application/x-ndjson' }));
    expect((await small.request('GET', `${exportPath}?after=x`)).status).toBe(400);
    await small.dispose();
  });

  it('is streamed over a connection, and broken off when the store fails midway', async () => {
    const { list } = api.ports.suppressions;
    await imported(Array.from({ length: 1_200 }, (_, index) => `r${index}@one.example`).join('\n'));
    const failing: typeof list = (project, limit, after, now) =>
      after === null ? list(project, limit, after, now) : Promise.reject(new Error('disk'));
    const flaky = await startApi({ suppressions: { ...api.ports.suppressions, list: failing } });
    const get = async (one: Api) =>
      await fetch(`http://127.0.0.1:${await one.listen()}${exportPath}`, {
        headers: { authorization: `Bearer ${one.key}` },
      });
    expect((await (await get(api)).text()).split('\r\n')).toHaveLength(1_202);
    const answer = await get(flaky);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('terminated');
    await flaky.dispose();
  });

  it('lets others have their turn, as an import does, although the store answers at once', async () => {
    let turns = 0;
    let isOver = false;
    const take = (): void => {
      turns += 1;
      if (!isOver) setImmediate(take);
    };
    take();
    const turnsOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = turns;
      await work();
      return turns - before;
    };
    const list = Array.from({ length: 5_000 }, (_, index) => `r${index}@one.example`).join('\n');
    const reading = await turnsOf(() => api.request('POST', importPath, `${list}\nnobody`, csv));
    const readingTwice = await turnsOf(() => imported(`email\n${'nobody\n'.repeat(5_000)}`, '?mode=partial'));
    await imported(list);
    const writing = await turnsOf(() => exported());
    isOver = true;
    expect(reading).toBeGreaterThanOrEqual(10);
    expect(readingTwice).toBeGreaterThanOrEqual(20);
    expect(writing).toBeGreaterThanOrEqual(10);
  });

  it('answers 503 when the store is out of reach', async () => {
    const broken = await startApi({
      suppressions: { ...api.ports.suppressions, list: () => Promise.reject(new Error('disk')) },
    });
    expect((await broken.request('GET', exportPath)).status).toBe(503);
    await broken.dispose();
  });
});
