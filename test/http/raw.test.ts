import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const path = '/v1/emails/raw';
const rfc822 = { 'content-type': 'message/rfc822' };
const mime =
  'From: =?utf-8?Q?Gr=C3=BCn?= <orders@sender.example>\r\nTo: ada@one.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\nIt works.\r\n';
const envelope = { from: 'bounces@sender.example', to: ['ada@one.example', 'bob@two.example'] };
const query = '?from=bounces@sender.example&to=ada@one.example&to=bob@two.example';

type EmailBody = {
  readonly id: string;
  readonly message_id: string;
  readonly from: string;
  readonly subject: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly recipients: readonly { readonly email: string; readonly kind: string }[];
};

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function found(id: string): Promise<EmailBody> {
  return (await (await api.request('GET', `/v1/emails/${id}`)).json()) as unknown as EmailBody;
}

async function bytesOf(id: string): Promise<string> {
  return (await api.request('GET', `/v1/emails/${id}/raw`)).text();
}

async function refusal(response: Awaited<ReturnType<Api['request']>>): Promise<[number, string, string]> {
  const { errors, code } = await response.json();
  return [response.status, errors?.[0]?.pointer ?? '', errors?.[0]?.detail ?? code];
}

describe('a message of message/rfc822', () => {
  it('goes to the envelope of the query, as the bytes it is, with what was missing in front', async () => {
    const response = await api.request('POST', `${path}${query}`, mime, rfc822);
    const accepted = await response.json();
    expect([response.status, accepted.status, accepted.message_id]).toEqual([
      202,
      'queued',
      `<${accepted.id}@sender.example>`,
    ]);
    const stored = await bytesOf(accepted.id);
    const [, messageId, date, rest] = /^Message-ID: (.*)\r\nDate: (.*)\r\n(From[^]*)$/.exec(stored) ?? [];
    expect([messageId, rest]).toEqual([accepted.message_id, mime]);
    expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
    expect(await found(accepted.id)).toMatchObject({
      from: 'Grün <orders@sender.example>',
      subject: 'Grüße',
      recipients: [
        { email: 'ada@one.example', kind: 'to' },
        { email: 'bob@two.example', kind: 'to' },
      ],
    });
  });

  it('keeps its own Message-ID and Date, and answers with it', async () => {
    const own = `Message-ID: <own@sender.example>\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n${mime}`;
    const accepted = await (await api.request('POST', `${path}${query}`, own, rfc822)).json();
    expect(accepted.message_id).toBe('<own@sender.example>');
    expect(await bytesOf(accepted.id)).toBe(own);
  });

  it('takes the options of the query', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const options = `&tags=a&tags=b&scheduled_at=${at}&tls=required&on_in_doubt=hold`;
    const response = await api.request('POST', `${path}${query}${options}`, mime, rfc822);
    const { id } = await response.json();
    expect(await found(id)).toMatchObject({ status: 'scheduled', scheduled_at: at, tags: ['a', 'b'] });
  });

  it('with Bcc fields is sent and shown without them', async () => {
    const { id } = await (await api.request('POST', `${path}${query}`, `Bcc: eve@x.example\r\n${mime}`, rfc822)).json();
    expect(await bytesOf(id)).not.toContain('eve@x.example');
  });

  it.each([
    ['', '/from'],
    ['?from=a@b.example', '/to'],
    ['?from=a@b.example&to=', '/to'],
    ['?from=&to=a@b.example', '/from'],
    ['?from=A%20<a@b.example>&to=a@b.example', '/from'],
    ['?from=a@b.example&to=a@b.example&to=nobody', '/to/1'],
    [`?from=a@b.example${'&to=a@b.example'.repeat(51)}`, '/to'],
    ['?from=a@b.example&from=c@d.example&to=a@b.example', '/from'],
    [`${query}&bcc=a@b.example`, '/bcc'],
    [`${query}&tls=maybe`, '/tls'],
    [`${query}&scheduled_at=tomorrow`, '/scheduled_at'],
    [`${query}&scheduled_at=2999-01-01T00:00:00Z`, '/scheduled_at'],
    [`${query}&tags=caf%C3%A9`, '/tags/0'],
    [`${query}&__proto__=x`, '/__proto__'],
  ])('to %s is refused', async (asked, pointer) => {
    const [status, where] = await refusal(await api.request('POST', `${path}${asked}`, mime, rfc822));
    expect([status, where]).toEqual([422, pointer]);
  });

  it('that may not be sent is refused with the place', async () => {
    const long = `${mime}${'x'.repeat(999)}\r\n`;
    expect(await refusal(await api.request('POST', `${path}${query}`, long, rfc822))).toEqual([
      422,
      '',
      'Line 6 has more than 998 octets.',
    ]);
  });

  it.each([
    'a@sender.example, b@sender.example',
    'Shop:a@sender.example;',
    'a@evil.example <b@sender.example>',
    '"x@evil.example"@sender.example',
    'a@sender.example (comment)',
    '<@evil.example:a@sender.example>',
    '<a@sender.example>evil.example',
    'nobody',
  ])('From %s is refused: one address, one reading (X02, I07)', async (from) => {
    const text = mime.replace(/^From:.*/, `From: ${from}`);
    const [status, , detail] = await refusal(await api.request('POST', `${path}${query}`, text, rfc822));
    expect([status, detail.includes('from holds exactly one address')]).toEqual([422, true]);
  });

  it('is safe to repeat under an Idempotency-Key; another message or envelope is another request', async () => {
    const key = { ...rfc822, 'idempotency-key': 'raw-1' };
    const first = await api.request('POST', `${path}${query}`, mime, key);
    const again = await api.request('POST', `${path}${query}`, mime, key);
    const other = await api.request('POST', `${path}${query}`, `${mime}.\r\n`, key);
    const elsewhere = await api.request('POST', `${path}${query}&to=c@d.example`, mime, key);
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 202, 'true']);
    expect(await again.text()).toBe(await first.text());
    expect([other.status, elsewhere.status]).toEqual([422, 422]);
  });

  it('is the same request whatever the order of the names in the query; that of the recipients counts', async () => {
    const key = { ...rfc822, 'idempotency-key': 'raw-order' };
    const [one, another] = ['to=ada@one.example&to=bob@two.example', 'to=bob@two.example&to=ada@one.example'];
    const queries = [
      `?from=a@sender.example&${one}`,
      `?${one}&from=a@sender.example`,
      `?${another}&from=a@sender.example`,
    ];
    const statuses = [];
    for (const each of queries) statuses.push((await api.request('POST', `${path}${each}`, mime, key)).status);
    expect(statuses).toEqual([202, 202, 422]);
  });

  it('is bound by the size of a request, and refused compressed or under another name', async () => {
    const small = await startApi({ limits: { maxRequestBytes: 1_000, maxBytesInFlight: 2_000 } });
    const large = await small.request('POST', `${path}${query}`, mime + 'x\r\n'.repeat(500), rfc822);
    const zipped = await small.request('POST', `${path}${query}`, mime, { ...rfc822, 'content-encoding': 'gzip' });
    const plain = await small.request('POST', `${path}${query}`, mime, { 'content-type': 'text/plain' });
    expect([large.status, zipped.status, plain.status]).toEqual([413, 415, 415]);
    expect(plain.headers.get('accept')).toBe('message/rfc822, application/json');
    await small.dispose();
  });
});

describe('a raw message as JSON', () => {
  it('is sent as its text in UTF-8, with all options', async () => {
    const text = `${mime.replaceAll('\r\n', '\n')}Grüße \u{1f4ec}\n`;
    const metadata = { order: '4711' };
    const response = await api.request('POST', path, { mime: text, envelope, metadata, tags: ['x'] });
    const { id } = await response.json();
    expect(response.status).toBe(202);
    expect(await bytesOf(id)).toContain(text.replaceAll('\n', '\r\n'));
    expect(await found(id)).toMatchObject({ metadata, tags: ['x'] });
  });

  it('counts a recipient that stands there twice once (I13)', async () => {
    const to = ['ada@one.example', 'ada@ONE.example', 'Ada@one.example'];
    const { id } = await (await api.request('POST', path, { mime, envelope: { ...envelope, to } })).json();
    expect((await found(id)).recipients.map(({ email }) => email)).toEqual(['ada@one.example', 'Ada@one.example']);
  });

  it.each([
    [{ mime, envelope: { ...envelope, to: [] } }, '/envelope/to'],
    [{ mime, envelope: { from: 'a@b.example' } }, '/envelope/to'],
    [{ mime, envelope: { ...envelope, from: '' } }, '/envelope/from'],
    [{ mime, envelope: { ...envelope, to: ['a@b.example', 'x'] } }, '/envelope/to/1'],
    [{ mime, envelope: { ...envelope, cc: [] } }, '/envelope/cc'],
    [{ mime }, '/envelope'],
    [{ envelope }, '/mime'],
    [{ mime: 'x', envelope }, '/mime'],
    [{ mime: `${mime}\0`, envelope }, '/mime'],
    [{ mime, envelope, subject: 'x' }, '/subject'],
    [{ mime, envelope, expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
  ])('of the wrong form (%#) is refused with the pointer', async (body, pointer) => {
    const [status, where] = await refusal(await api.request('POST', path, body));
    expect([status, where]).toEqual([422, pointer]);
  });

  it('takes nothing from the query', async () => {
    expect(await refusal(await api.request('POST', `${path}?to=a@b.example`, { mime, envelope }))).toEqual([
      422,
      '/to',
      'With a body of JSON, everything stands in the body.',
    ]);
  });
});
