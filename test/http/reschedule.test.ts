import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, otherKey, startApi } from './api.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const good = { from: 'orders@sender.example', to: ['ada@one.example', 'bob@two.example'], subject: 'Hello', text: 'x' };

type Answered = {
  readonly id: string;
  readonly status: string | number;
  readonly scheduled_at: string;
  readonly expires_at: string;
  readonly code: string;
  readonly errors: readonly { readonly pointer: string }[];
  readonly recipients: readonly { readonly next_attempt_at: string | null }[];
};

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

async function scheduled(changes: object = {}): Promise<string> {
  const body = { ...good, scheduled_at: inMs(hourMs), ...changes };
  return (await (await api.request('POST', '/v1/emails', body)).json()).id;
}

async function patch(id: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await api.request('PATCH', `/v1/emails/${id}`, body, headers);
  return { http: response.status, body: (await response.json()) as unknown as Answered };
}

async function found(id: string): Promise<Answered> {
  return (await (await api.request('GET', `/v1/emails/${id}`)).json()) as unknown as Answered;
}

describe('PATCH /v1/emails/:id', () => {
  it('moves an email that waits, and the end of its lifetime with it', async () => {
    const id = await scheduled();
    const before = await found(id);
    const at = inMs(2 * dayMs);
    const { http, body } = await patch(id, { scheduled_at: at });
    expect([http, body.status, body.scheduled_at]).toEqual([200, 'scheduled', at]);
    expect(body.recipients.map(({ next_attempt_at }) => next_attempt_at)).toEqual([at, at]);
    const lifetime = ({ scheduled_at, expires_at }: Answered) => Date.parse(expires_at) - Date.parse(scheduled_at);
    expect(lifetime(body)).toBe(lifetime(before));
    expect(await found(id)).toEqual(body);
  });

  it.each([null, '2001-01-01T00:00:00Z'])('takes %s for now', async (at) => {
    const id = await scheduled();
    const before = Date.now();
    const { http, body } = await patch(id, { scheduled_at: at });
    expect([http, body.scheduled_at >= new Date(before).toISOString(), body.scheduled_at <= inMs(0)]).toEqual([
      200,
      true,
      true,
    ]);
    expect(body.recipients.map(({ next_attempt_at }) => next_attempt_at)).toEqual([
      body.scheduled_at,
      body.scheduled_at,
    ]);
  });

  it('keeps an expires_at that was given, which has to come after', async () => {
    const expiresAt = inMs(2 * hourMs);
    const id = await scheduled({ expires_at: expiresAt });
    const late = await patch(id, { scheduled_at: inMs(3 * hourMs) });
    expect([late.http, late.body.errors[0]?.pointer]).toEqual([422, '/scheduled_at']);
    const fine = await patch(id, { scheduled_at: inMs(1.5 * hourMs) });
    expect([fine.http, fine.body.expires_at]).toEqual([200, expiresAt]);
    const far = await scheduled({ scheduled_at: inMs(20 * dayMs), expires_at: inMs(45 * dayMs) });
    expect((await patch(far, { scheduled_at: null })).http).toBe(422);
  });

  it('is refused once anything of the email no longer waits', async () => {
    const queued = await (await api.request('POST', '/v1/emails', good)).json();
    const canceled = await scheduled();
    await api.request('POST', `/v1/emails/${canceled}/cancel`);
    for (const id of [queued.id, canceled]) {
      const before = await found(id);
      const { http, body } = await patch(id, { scheduled_at: inMs(hourMs) });
      expect([http, body.code]).toEqual([409, 'not_reschedulable']);
      expect(await found(id)).toEqual(before);
    }
  });

  it.each([
    [{}, '/scheduled_at'],
    [{ scheduled_at: 'tomorrow' }, '/scheduled_at'],
    [{ scheduled_at: 7 }, '/scheduled_at'],
    [{ scheduled_at: '2999-01-01T00:00:00Z' }, '/scheduled_at'],
    [{ scheduled_at: null, subject: 'x' }, '/subject'],
  ])('with %j is refused', async (body, pointer) => {
    const { http, body: answer } = await patch(await scheduled(), body);
    expect([http, answer.errors[0]?.pointer]).toEqual([422, pointer]);
  });

  it("does not touch another project's email, nor tells of it", async () => {
    const id = await scheduled();
    const before = await found(id);
    const other = await patch(id, { scheduled_at: null }, { authorization: `Bearer ${otherKey}` });
    const none = await patch(`em_${'0'.repeat(36)}`, { scheduled_at: null });
    expect([other.http, none.http]).toEqual([404, 404]);
    expect({ ...other.body, request_id: '' }).toEqual({ ...none.body, request_id: '' });
    expect(await found(id)).toEqual(before);
  });

  it('moves it ten times at once without losing any of it', async () => {
    const id = await scheduled();
    const times = Array.from({ length: 10 }, (_, index) => inMs((index + 1) * hourMs));
    const answers = await Promise.all(times.map((at) => patch(id, { scheduled_at: at })));
    expect(answers.some(({ http }) => http === 200)).toBe(true);
    expect(answers.filter(({ http }) => http !== 200 && http !== 409)).toEqual([]);
    const after = await found(id);
    expect(times).toContain(after.scheduled_at);
    expect(after.recipients.map(({ next_attempt_at }) => next_attempt_at)).toEqual([
      after.scheduled_at,
      after.scheduled_at,
    ]);
  });
});
