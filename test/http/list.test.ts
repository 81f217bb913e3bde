import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, otherKey, startApi } from './api.ts';

const good = { from: 'orders@sender.example', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };

type Listed = {
  readonly object: string;
  readonly data: readonly (Record<string, unknown> & { readonly id: string; readonly subject: string })[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly code: string }[];
};

let api: Api;
const ids: string[] = [];

beforeAll(async () => {
  api = await startApi();
  const emails = Array.from({ length: 7 }, (_, index) => ({
    ...good,
    subject: `Number ${index}`,
    ...(index % 2 === 0 && { tags: ['even'] }),
    ...(index === 3 && { to: ['Zoë@bücher.example', 'ada@one.example'], scheduled_at: '2099-01-01T00:00:00Z' }),
  }));
  // Ids made in the same millisecond are in no order, so each has its own.
  for (const email of emails) {
    const scheduledAt = new Date(Date.now() + 86_400_000).toISOString();
    const body = 'scheduled_at' in email ? { ...email, scheduled_at: scheduledAt } : email;
    ids.unshift((await (await api.request('POST', '/v1/emails', body)).json()).id);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

afterAll(() => api.dispose());

async function list(query = '', headers: Record<string, string> = {}): Promise<Listed & { readonly http: number }> {
  const response = await api.request('GET', `/v1/emails${query}`, undefined, headers);
  return { http: response.status, ...((await response.json()) as unknown as Listed) };
}

const idsOf = ({ data }: Listed): string[] => data.map(({ id }) => id);

describe('GET /v1/emails', () => {
  it('shows the newest first, as GET /v1/emails/:id but without attempts', async () => {
    const page = await list();
    expect([page.http, page.object, page.has_more, page.next_cursor, page.previous_cursor]).toEqual([
      200,
      'list',
      false,
      null,
      null,
    ]);
    expect(idsOf(page)).toEqual(ids);
    const whole = (await (await api.request('GET', `/v1/emails/${ids[0]}`)).json()) as unknown as {
      recipients: Record<string, unknown>[];
    };
    const recipients = whole.recipients.map((recipient) => {
      const rest = { ...recipient };
      delete rest['attempts'];
      return rest;
    });
    expect(page.data[0]).toEqual({ ...whole, recipients });
  });

  it('goes through all pages by cursors, and back again', async () => {
    const first = await list('?limit=3');
    const second = await list(`?limit=3&after=${first.next_cursor}`);
    const third = await list(`?limit=3&after=${second.next_cursor}`);
    expect([first, second, third].map(idsOf)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
    expect([first, second, third].map(({ has_more }) => has_more)).toEqual([true, true, false]);
    const back = await list(`?limit=3&before=${third.previous_cursor}`);
    expect([idsOf(back), back.has_more]).toEqual([ids.slice(3, 6), true]);
    const start = await list(`?limit=3&before=${back.previous_cursor}`);
    expect([idsOf(start), start.has_more, start.previous_cursor]).toEqual([ids.slice(0, 3), false, null]);
    expect(idsOf(await list(`?limit=3&after=${start.next_cursor}`))).toEqual(ids.slice(3, 6));
  });

  it('takes the id of an email for a cursor', async () => {
    expect(idsOf(await list(`?after=${ids[4]}`))).toEqual(ids.slice(5));
    expect(idsOf(await list(`?before=${ids[2]}`))).toEqual(ids.slice(0, 2));
  });

  it('leads out of an empty page the way it came', async () => {
    const end = await list(`?after=${ids[6]}`);
    expect([idsOf(end), end.has_more, end.next_cursor]).toEqual([[], false, null]);
    expect(idsOf(await list(`?limit=2&before=${end.previous_cursor}`))).toEqual(ids.slice(5));
    const start = await list(`?before=${ids[0]}`);
    expect([idsOf(start), start.previous_cursor]).toEqual([[], null]);
    expect(idsOf(await list(`?limit=2&after=${start.next_cursor}`))).toEqual(ids.slice(0, 2));
  });

  it.each([
    ['?tag=even', [0, 2, 4, 6]],
    ['?tag=odd', []],
    ['?status=scheduled', [3]],
    ['?status=queued,scheduled&limit=100', [0, 1, 2, 3, 4, 5, 6]],
    ['?status=delivered&status=scheduled', [3]],
    [`?to=${encodeURIComponent('ZOË@BÜCHER.example')}`, [3]],
    ['?to=nobody@one.example', []],
    ['?to=ADA@one.example&tag=even&limit=2', [0, 2]],
  ])('filters by %s', async (query, expected) => {
    expect(idsOf(await list(query))).toEqual(expected.map((index) => ids[index]));
  });

  it.each([
    ['?limit=0', '/limit', 'too_small'],
    ['?limit=101', '/limit', 'too_big'],
    ['?limit=x', '/limit', 'invalid_type'],
    ['?limit=1.5', '/limit', 'invalid_type'],
    ['?limit=1&limit=2', '/limit', 'invalid_type'],
    ['?status=sent', '/status/0', 'invalid_value'],
    ['?status=', '/status/0', 'invalid_value'],
    ['?to=nobody', '/to', 'invalid_address'],
    ['?cursor=x', '/cursor', 'unknown_key'],
    ['?__proto__=x', '/__proto__', 'unknown_key'],
    ['?after=a&before=b', '/before', 'invalid_value'],
  ])('refuses %s', async (query, pointer, code) => {
    const { http, errors } = await list(query);
    expect([http, errors[0]?.pointer, errors[0]?.code]).toEqual([422, pointer, code]);
  });

  it("answers the same to a forged cursor, an unknown id and another project's (X04, X05)", async () => {
    const other = { authorization: `Bearer ${otherKey}` };
    const cursor = (await list('?limit=1')).next_cursor ?? '';
    const answers = await Promise.all([
      list(`?after=${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`),
      list('?after='),
      list(`?before=em_${'0'.repeat(36)}`),
      list(`?after=${ids[0]}`, other),
      list(`?after=${cursor}`, other),
    ]);
    expect(answers.map(({ http, code }) => [http, code])).toEqual(answers.map(() => [400, 'invalid_cursor']));
    const bodies = answers.map((answer) => ({ ...answer, request_id: '' }));
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  it("shows nothing of another project's emails", async () => {
    expect(idsOf(await list('', { authorization: `Bearer ${otherKey}` }))).toEqual([]);
  });

  it('says in plain words that a limit is a whole number', async () => {
    expect((await (await api.request('GET', '/v1/emails?limit=1.5')).json()).detail).toBe(
      '/limit: Expected a whole number.',
    );
  });

  it('needs the right to read', async () => {
    const principal = await api.ports.keys.authenticate(otherKey);
    if (principal === null) throw new Error('The other key is known.');
    const sender = await startApi({ keys: { authenticate: async () => ({ ...principal, scopes: ['emails:send'] }) } });
    for (const path of ['/v1/emails', `/v1/emails/${ids[0]}/events`, `/v1/emails/${ids[0]}/raw`]) {
      expect((await sender.request('GET', path)).status).toBe(403);
    }
    await sender.dispose();
  });
});
