import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { IdempotentRequest } from '../../functions/core/ports/admissions.ts';
import { type Api, otherKey, startApi } from './api.ts';

const path = '/v1/emails/batch';
const good = { from: 'Shop <orders@sender.example>', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };
const bad = { ...good, to: ['nobody'] };

type Entry = {
  readonly index: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly errors?: readonly { pointer: string }[] };
};

let api: Api;
let keys = 0;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

function freshKey(): string {
  keys += 1;
  return `batch key ${keys}`;
}

async function send(body: unknown, headers: Record<string, string> = {}) {
  const response = await api.request('POST', path, body, headers);
  const answer = (await response.json()) as unknown as {
    readonly data: readonly Entry[];
    readonly code: string;
    readonly detail: string;
    readonly errors: readonly { readonly pointer: string; readonly code: string }[];
  };
  return { status: response.status, headers: response.headers, answer };
}

async function stored(): Promise<number> {
  const response = await api.request('GET', '/v1/emails?limit=100');
  return ((await response.json()) as unknown as { data: unknown[] }).data.length;
}

describe('a batch', () => {
  it('answers with an id for each email, in the order of the request', async () => {
    const emails = Array.from({ length: 100 }, (_, index) => ({ ...good, subject: `Grüße ${index} \u{1f4ec}` }));
    const fresh = await startApi();
    const response = await fresh.request('POST', path, { emails });
    const { data } = (await response.json()) as unknown as { data: readonly Entry[] };
    expect([response.status, data.map(({ index }) => index)]).toEqual([202, emails.map((_, index) => index)]);
    const page = await fresh.request('GET', '/v1/emails?limit=100');
    const listed = (await page.json()) as unknown as { data: { id: string; subject: string }[] };
    const subjects = new Map(listed.data.map(({ id, subject }) => [id, subject]));
    expect(data.map(({ id = '' }) => subjects.get(id))).toEqual(emails.map(({ subject }) => subject));
    await fresh.dispose();
  });

  it.each([
    [{ emails: [] }, '/emails', 'too_small'],
    [{ emails: Array.from({ length: 101 }, () => good) }, '/emails', 'too_big'],
    [{}, '/emails', 'required'],
    [{ emails: good }, '/emails', 'invalid_type'],
    [{ emails: [good], mode: 'some' }, '/mode', 'invalid_value'],
    [{ emails: [good], mod: 'atomic' }, '/mod', 'unknown_key'],
    [[good], '', 'invalid_type'],
  ])('of the wrong form (%#) is refused whole, in either mode', async (body, pointer, code) => {
    const { status, answer } = await send(body);
    expect([status, answer.errors[0]?.pointer, answer.errors[0]?.code]).toEqual([422, pointer, code]);
  });

  it('is bound by the size of a request, attachments included', async () => {
    const small = await startApi({ limits: { maxRequestBytes: 10_000, maxBytesInFlight: 20_000 } });
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(6_000).toString('base64') }];
    const one = await small.request('POST', path, { emails: [{ ...good, attachments }] });
    const two = await small.request('POST', path, {
      emails: [good, { ...good, attachments, text: 'x'.repeat(2_000) }],
    });
    expect([one.status, two.status]).toEqual([202, 413]);
    await small.dispose();
  });

  it('needs the right to send', async () => {
    const reader = await startApi({
      keys: { authenticate: async () => ({ ...(await someone()), scopes: ['emails:read'] }) },
    });
    expect((await reader.request('POST', path, { emails: [good] })).status).toBe(403);
    await reader.dispose();
  });
});

async function someone() {
  const principal = await api.ports.keys.authenticate(otherKey);
  if (principal === null) throw new Error('The other key is known.');
  return principal;
}

describe('an atomic batch', () => {
  it('with one email that is not valid stores nothing, and says which field of which', async () => {
    const before = await stored();
    const { status, answer } = await send({ emails: [good, good, good, bad, { ...good, subjekt: 'x' }, 'no email'] });
    expect([status, answer.code]).toEqual([422, 'validation_error']);
    expect(answer.errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/emails/3/to/0', 'invalid_address'],
      ['/emails/4/subjekt', 'unknown_key'],
      ['/emails/5', 'invalid_type'],
    ]);
    expect(answer.detail).toContain('/emails/3/to/0');
    expect(await stored()).toBe(before);
  });

  it('that the store does not take is answered with 503', async () => {
    const full = await startApi({ accept: async () => ({ kind: 'unavailable', why: 'full' }) });
    const response = await full.request('POST', path, { emails: [good] });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    await full.dispose();
  });
});

describe('a partial batch', () => {
  it('accepts what is valid and answers the rest with errors', async () => {
    const before = await stored();
    const { status, answer } = await send({ mode: 'partial', emails: [bad, good, { ...good, text: 1 }, good] });
    expect(status).toBe(202);
    expect(answer.data).toEqual([
      {
        index: 0,
        error: {
          code: 'validation_error',
          detail: '/emails/0/to/0: An address has the form local@domain.',
          errors: [
            { pointer: '/emails/0/to/0', code: 'invalid_address', detail: 'An address has the form local@domain.' },
          ],
        },
      },
      { index: 1, id: expect.stringMatching(/^em_/) },
      { index: 2, error: expect.objectContaining({ code: 'validation_error' }) },
      { index: 3, id: expect.stringMatching(/^em_/) },
    ]);
    expect((await stored()) - before).toBe(2);
  });

  it('of which nothing is valid is answered with 200, and nothing is stored or kept', async () => {
    const before = await stored();
    const key = { 'idempotency-key': freshKey() };
    const first = await send({ mode: 'partial', emails: [bad] }, key);
    const again = await send({ mode: 'partial', emails: [good] }, key);
    expect([first.status, first.answer.data[0]?.error?.code]).toEqual([200, 'validation_error']);
    expect([again.status, (await stored()) - before]).toEqual([202, 1]);
  });
});

describe('an Idempotency-Key of a whole batch', () => {
  it('gets the whole answer again, errors included, and sends nothing', async () => {
    const key = { 'idempotency-key': freshKey() };
    const body = { mode: 'partial', emails: [good, bad] };
    const first = await send(body, key);
    const before = await stored();
    const again = await send(body, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(again.answer).toEqual(first.answer);
    expect(await stored()).toBe(before);
    expect((await send({ emails: [good] }, key)).answer.code).toBe('idempotency_key_reused');
  });

  it('is kept when every email was known already', async () => {
    const key = { 'idempotency-key': freshKey() };
    const emails = [{ ...good, idempotency_key: freshKey() }];
    const first = await send({ emails });
    const second = await send({ emails }, key);
    const third = await send({ emails }, key);
    expect(second.answer).toEqual(first.answer);
    expect([third.headers.get('idempotent-replayed'), third.answer]).toEqual(['true', first.answer]);
  });
});

describe('an idempotency_key of one email', () => {
  it('gives the same id again, in the next batch and for POST /v1/emails', async () => {
    const key = freshKey();
    const first = await send({ emails: [good, { ...good, idempotency_key: key }] });
    const before = await stored();
    const again = await send({ emails: [{ ...good, idempotency_key: key }] });
    const single = await api.request('POST', '/v1/emails', good, { 'idempotency-key': key });
    const id = first.answer.data[1]?.id;
    expect([again.status, again.answer.data[0]?.id]).toEqual([202, id]);
    expect([single.status, single.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(await single.json()).toMatchObject({ id, object: 'email', status: 'queued' });
    expect(await stored()).toBe(before);
  });

  it('knows what POST /v1/emails has accepted under it', async () => {
    const key = freshKey();
    const single = await (await api.request('POST', '/v1/emails', good, { 'idempotency-key': key })).json();
    const { answer } = await send({ emails: [{ ...good, idempotency_key: key }] });
    expect(answer.data).toEqual([{ index: 0, id: single.id }]);
  });

  it('of another project is another key', async () => {
    const emails = [{ ...good, idempotency_key: freshKey() }];
    const mine = await send({ emails });
    const theirs = await send({ emails }, { authorization: `Bearer ${otherKey}` });
    expect([theirs.status, theirs.answer.data[0]?.id === mine.answer.data[0]?.id]).toEqual([202, false]);
  });

  it('with another email is an error of that email, or of an atomic batch', async () => {
    const key = freshKey();
    await send({ emails: [{ ...good, idempotency_key: key }] });
    const emails = [good, { ...good, subject: 'Other', idempotency_key: key }];
    const partial = await send({ mode: 'partial', emails });
    const atomic = await send({ emails });
    expect(partial.answer.data[1]?.error).toMatchObject({ code: 'idempotency_key_reused' });
    expect([atomic.status, atomic.answer.code, atomic.answer.detail]).toEqual([
      422,
      'idempotency_key_reused',
      '/emails/1/idempotency_key: This idempotency_key was used for another email.',
    ]);
    expect(atomic.answer.errors[0]?.pointer).toBe('/emails/1/idempotency_key');
  });

  it('that somebody holds is in progress', async () => {
    const key = freshKey();
    const request: IdempotentRequest = {
      projectId: (await api.ports.keys.authenticate(api.key))?.projectId ?? ('' as never),
      route: 'POST /v1/emails',
      key,
      fingerprint: 'of another body',
    };
    await api.ports.idempotency.begin(request, Date.now());
    const emails = [{ ...good, idempotency_key: key }, good];
    const partial = await send({ mode: 'partial', emails });
    const atomic = await send({ emails });
    expect([partial.status, partial.answer.data[0]?.error?.code]).toEqual([202, 'idempotency_in_progress']);
    expect([atomic.status, atomic.answer.code, atomic.headers.get('retry-after')]).toEqual([
      409,
      'idempotency_in_progress',
      '1',
    ]);
    await api.ports.idempotency.release(request);
    expect((await send({ emails })).status).toBe(202);
  });

  it('twice in one batch is one email when the bodies are equal, else the second is refused', async () => {
    const key = freshKey();
    const before = await stored();
    const keyed = { ...good, idempotency_key: key };
    const { status, answer } = await send({
      mode: 'partial',
      emails: [keyed, { ...keyed, subject: 'Other' }, Object.fromEntries(Object.entries(keyed).toReversed())],
    });
    const [first, second, third] = answer.data;
    expect([status, second?.error?.code, third]).toEqual([202, 'idempotency_key_reused', { index: 2, id: first?.id }]);
    expect((await stored()) - before).toBe(1);
  });

  it('is free again after an email that was not valid, or a batch that was refused for another', async () => {
    const key = freshKey();
    const refused = await send({ emails: [bad, { ...good, idempotency_key: key }] });
    const partly = await send({ mode: 'partial', emails: [{ ...bad, idempotency_key: key }] });
    const after = await send({ emails: [{ ...good, idempotency_key: key }] });
    expect([refused.status, partly.status, after.status]).toEqual([422, 200, 202]);
  });

  it.each(['', 'x'.repeat(256), 'café', 7])('of the wrong form (%#) is refused', async (key) => {
    const { status, answer } = await send({ emails: [{ ...good, idempotency_key: key }] });
    expect([status, answer.errors[0]?.pointer]).toEqual([422, '/emails/0/idempotency_key']);
  });

  it('used in twenty batches at once sends one email', async () => {
    const emails = [{ ...good, idempotency_key: freshKey() }];
    const before = await stored();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send({ emails, mode: 'partial' })));
    const ids = new Set(answers.flatMap(({ answer }) => answer.data[0]?.id ?? []));
    const codes = new Set(answers.flatMap(({ answer }) => answer.data[0]?.error?.code ?? 'none'));
    expect([ids.size, (await stored()) - before]).toEqual([1, 1]);
    expect([...codes].filter((code) => code !== 'none' && code !== 'idempotency_in_progress')).toEqual([]);
  });

  it('whose reservation had run out gets the answer of whoever was faster', async () => {
    const key = freshKey();
    const keyed = { ...good, idempotency_key: key };
    const { accept } = api.ports;
    let isFirst = true;
    const late = await startApi({
      ...api.ports,
      // Between our reservation and our admission, somebody else's request with the same key comes through.
      async accept(submissions, context) {
        if (isFirst)
          await accept(
            submissions.filter(({ keep }) => keep !== null),
            { ...context, keep: null },
          );
        isFirst = false;
        return accept(submissions, context);
      },
    });
    const response = await late.request(
      'POST',
      path,
      { emails: [good, keyed] },
      { authorization: `Bearer ${api.key}` },
    );
    const { data } = (await response.json()) as unknown as { data: readonly Entry[] };
    const known = await api.request('POST', '/v1/emails', good, { 'idempotency-key': key });
    expect([response.status, data[1]?.id]).toEqual([202, (await known.json()).id]);
    await late.dispose();
  });
});
