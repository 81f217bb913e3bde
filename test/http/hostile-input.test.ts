import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { leastCpuMs } from '../support/cpu-time.ts';
import { type Api, startApi } from './api.ts';

const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const file = { filename: 'a.txt', content: 'QQ==' };
const mostMs = 50;

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

/** The status and the refused places of a request with `change`. */
async function refusalOf(change: object): Promise<string> {
  const accepted = api.drafts.length;
  const response = await api.request('POST', '/v1/emails', { ...smallest, ...change });
  if (api.drafts.length > accepted) return 'accepted';
  const { code, errors } = await response.json();
  return `${response.status} ${code} ${errors.map(({ pointer }) => pointer).join(' ')}`;
}

async function draftOf(change: object) {
  const response = await api.request('POST', '/v1/emails', { ...smallest, ...change });
  expect([response.status, await response.json()]).toEqual([202, expect.anything()]);
  return api.drafts.at(-1);
}

const controls = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  '\u007f',
  '\r\n',
  '\r\nBcc: x@y.z',
];

// Every place whose text comes to stand in a header field, as a function from that text to the request.
const headerTexts: [place: string, pointer: string, request: (text: string) => object][] = [
  ['the subject', '/subject', (subject) => ({ subject })],
  ['the name of the sender', '/from', (name) => ({ from: { email: 'a@sender.example', name } })],
  ['the name of a recipient', '/to/0', (name) => ({ to: [`${name} <b@one.example>`] })],
  ['a quoted name', '/cc', (name) => ({ cc: `"${name}" <b@one.example>` })],
  ['the name to reply to', '/reply_to/0', (name) => ({ reply_to: [{ email: 'c@sender.example', name }] })],
  ['a header value', '/headers/X-A', (value) => ({ headers: { 'X-A': value } })],
  ['a message id', '/headers/In-Reply-To', (id) => ({ headers: { 'In-Reply-To': `<${id}@one.example>` } })],
  ['a filename', '/attachments/0/filename', (filename) => ({ attachments: [{ ...file, filename }] })],
  ['a content id', '/attachments/0/content_id', (content_id) => ({ attachments: [{ ...file, content_id }] })],
  [
    'a content type',
    '/attachments/0/content_type',
    (type) => ({ attachments: [{ ...file, content_type: `text/${type}` }] }),
  ],
  ['an unsubscribe URL', '/list_unsubscribe/url', (url) => ({ list_unsubscribe: { url: `https://x.example/${url}` } })],
  [
    'an unsubscribe address',
    '/list_unsubscribe/mailto',
    (to) => ({ list_unsubscribe: { mailto: `mailto:${to}@x.example` } }),
  ],
];

describe('I01 control characters are refused', () => {
  it.each(headerTexts)('in %s', async (_, pointer, request) => {
    for (const control of controls) {
      expect([control, await refusalOf(request(`a${control}b`))]).toEqual([control, `422 validation_error ${pointer}`]);
    }
  });
});

describe('I02 what only looks like a line end', () => {
  const lookalikes = ['\u0085', '\u2028', '\u2029', '\u010d', '\u010a', '\u560d', '\u560a'];

  it.each(headerTexts)('is text, or refused, in %s', async (_, pointer, request) => {
    for (const character of lookalikes) {
      const refused = [
        'accepted',
        `422 validation_error ${pointer}`,
        `422 validation_error ${pointer.replace(/\/url$|\/mailto$/, '')}`,
      ];
      expect(refused).toContain(await refusalOf(request(`a${character}b`)));
    }
  });

  it.each(['\u0085', '\u2028', '\u2029'])('is refused in an address: %j', async (character) => {
    expect(await refusalOf({ to: `b${character}@one.example` })).toBe('422 validation_error /to');
    expect(await refusalOf({ to: `b@one${character}.example` })).toBe('422 validation_error /to');
  });
});

describe('I03 header names', () => {
  const malformed = [
    '',
    'X A',
    'X:A',
    'X-A:',
    ' X-A',
    'X-A ',
    'X\tA',
    'X\r\nBcc',
    'X\u0000',
    'X\u00e4',
    'X-A\u2028',
    '(X)',
    'X"',
  ];
  const reserved = [
    'Bcc bcc BCC From Sender To Cc Reply-To Subject Date Message-ID Received Return-Path DKIM-Signature',
    'DomainKey-Signature ARC-Seal ARC-Message-Signature Authentication-Results Received-SPF Delivered-To X-Original-To',
    'MIME-Version MIME-Anything Content-Type Content-Transfer-Encoding Content-Disposition Content-ID Content-Anything',
    'Resent-From Resent-Bcc Resent-Date',
  ].flatMap((names) => names.split(' '));

  it.each([...malformed, ...reserved])('%j is refused', async (name) => {
    const pointer = `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    expect(await refusalOf({ headers: { [name]: 'x' } })).toBe(`422 validation_error ${pointer}`);
  });

  it('that are near reserved ones are taken', async () => {
    const headers = { 'X-Bcc': 'x', Dated: 'x', 'From-Where': 'x', MIMEd: 'x', Contents: 'x' };
    expect((await draftOf({ headers }))?.headers).toHaveLength(5);
  });
});

const addressFields: [field: string, request: (address: string) => object][] = [
  ['from', (from) => ({ from })],
  ['to', (to) => ({ to })],
  ['cc', (cc) => ({ cc })],
  ['bcc', (bcc) => ({ bcc })],
  ['reply_to', (reply_to) => ({ reply_to })],
  ['from', (email) => ({ from: { email } })],
  ['to', (email) => ({ to: { email } })],
];

describe.each(addressFields)('an address in %s', (field, request) => {
  it.each([
    ['CRLF and a command (I05)', 'b@one.example\r\nRCPT TO:<x@evil.example>'],
    ['CRLF in the local part (I05)', 'b\r\n@one.example'],
    ['NUL (I05)', 'b\u0000@one.example'],
    ['empty brackets (I05)', '<>'],
    ['a bracket that closes the path (I05)', 'b>@one.example'],
    ['a space (I05)', 'b c@one.example'],
    ['an ESMTP parameter (I05)', '<b@one.example> SIZE=1'],
    ['an ESMTP parameter without brackets (I05)', 'b@one.example NOTIFY=NEVER'],
    ['a quoted local part (I07)', '"x@evil.example"@ok.example'],
    ['two at signs (I07)', 'x@evil.example@ok.example'],
    ['a comment (I07)', 'b(comment)@one.example'],
    ['a comment after it (I07)', 'b@one.example (comment)'],
    ['a group (I07)', 'Friends: b@one.example;'],
    ['a source route (I07)', '<@evil.example:b@one.example>'],
    ['text after the brackets (I07)', '<a@b.example>c@d.example'],
    ['brackets within brackets (I07)', '<<b@one.example>>'],
    ['an address literal (I07)', 'b@[127.0.0.1]'],
    ['a percent route (I07)', 'b@one.example%evil.example'],
    ['an encoded word (I08)', '=?utf-8?q?x=40evil.example=3e=00?=@ok.example'],
    ['an encoded word for a domain (I08)', 'b@=?utf-8?q?evil.example?='],
    ['a local part of 65 octets (I11)', `${'x'.repeat(65)}@one.example`],
    ['a local part of 65 octets in 33 letters (I11)', `${'\u00e9'.repeat(33)}@one.example`],
    ['a domain of 255 octets (I11)', `b@${'x.'.repeat(124)}example`],
    ['a path of 255 octets (I11)', `${'x'.repeat(64)}@${'y'.repeat(60)}.${'y'.repeat(60)}.${'y'.repeat(60)}.example`],
    ['a label of 64 octets (I09)', `b@${'x'.repeat(64)}.example`],
    ['a label of 64 octets once encoded (I09)', `b@${'\u00fc'.repeat(60)}.example`],
    ['punycode that is none (I09)', 'b@xn--\u00fc.example'],
    ['punycode that decodes to nothing (I09)', 'b@xn--.example'],
    ['a zero-width joiner (I09)', 'b@x\u200dy.example'],
    ['a mark that turns the text (I09)', 'b@\u202eone.example'],
    ['letters of both directions in a label (I09)', 'b@a\u05d0.example'],
  ])('with %s is refused', async (_, address) => {
    expect(await refusalOf(request(address))).toBe(`422 validation_error /${field}`);
  });
});

describe('I09 an international domain', () => {
  it.each([
    ['b@one\u3002example.com', 'one.example.com'],
    ['b@stra\u00dfe.example', 'xn--strae-oqa.example'],
    ['b@B\u00dcCHER.example', 'xn--bcher-kva.example'],
    ['b@XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['b@\uff4f\uff4e\uff45.example', 'one.example'],
    ['b@o\u00adne.example', 'one.example'],
  ])('%s has one A-label in the draft, the record and the answer', async (address, domain) => {
    const response = await api.request('POST', '/v1/emails', { ...smallest, from: address, to: address });
    const { id, message_id } = await response.json();
    const found = await (await api.request('GET', `/v1/emails/${id}`)).json();
    expect(found).toMatchObject({ from: `b@${domain}`, recipients: [{ email: `b@${domain}` }] });
    expect(message_id).toMatch(new RegExp(`@${domain}>$`));
    expect(api.drafts.at(-1)?.to[0]?.mailbox.domain).toBe(domain);
  });
});

describe('I11 header fields', () => {
  it('of more than 64 KB together are refused, and of nearly as much are taken', async () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'word '.repeat(400).trim()]));
    expect(await refusalOf({ headers: headers(33) })).toMatch(/^422 validation_error \/headers\//);
    expect(await refusalOf({ headers: headers(30) })).toBe('accepted');
    expect(await refusalOf({ subject: 'x'.repeat(70_000) })).toBe('422 validation_error /subject');
  });
});

describe('I12 a word that no line can take and nothing may encode', () => {
  it.each(['References', 'In-Reply-To', 'List-Id', 'List-Unsubscribe'])('is refused in %s', async (name) => {
    const value = `<${'x'.repeat(1_000)}@one.example>`;
    expect(await refusalOf({ headers: { [name]: value } })).toBe(`422 validation_error /headers/${name}`);
  });
});

describe('I13 a recipient named more than once', () => {
  it('is one recipient of the email', async () => {
    const spellings = ['b@b\u00fccher.example', 'b@B\u00dcCHER.example', 'B <b@xn--bcher-kva.example>'];
    const response = await api.request('POST', '/v1/emails', {
      ...smallest,
      to: spellings,
      cc: spellings,
      bcc: spellings,
    });
    expect(await response.json()).toMatchObject({ recipients: [{ email: 'b@xn--bcher-kva.example' }] });
    expect(api.drafts.at(-1)).toMatchObject({ to: [{}], cc: [], bcc: [] });
  });
});

describe('I15 JSON that is made to hurt', () => {
  const start = JSON.stringify(smallest).slice(0, -1);
  it.each([
    ['nested 10,000 deep', `${start},"metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`, 400],
    ['an array nested 10,000 deep', `${start},"tags":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400],
    ['nested and never closed', '['.repeat(1_000_000), 400],
    ['of a million keys', `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`).join(',')}}`, 400],
    ['with a key twice', `${start},"subject":"other"}`, 400],
    ['with a key twice, once escaped', `${start},"\\u0073ubject":"other"}`, 400],
    ['with half a surrogate pair in a text', `${start},"html":"\\ud83d"}`, 422],
    ['with half a surrogate pair in a key', `${start},"metadata":{"\\udc00":"x"}}`, 422],
    ['with a byte order mark', `\ufeff${start}}`, 400],
    ['with a number beyond all', `${start},"tags":${'9'.repeat(100_000)}}`, 422],
    ['of a million commas', `[${','.repeat(1_000_000)}]`, 400],
  ])('%s is refused at once', async (_, body, status) => {
    const accepted = api.drafts.length;
    const statuses = new Set<number>();
    const ms = await leastCpuMs(async () => statuses.add((await api.request('POST', '/v1/emails', body)).status));
    expect([...statuses]).toEqual([status]);
    expect(ms).toBeLessThan(mostMs);
    expect(api.drafts).toHaveLength(accepted);
  });
});

describe('I16 keys that name a prototype', () => {
  it.each([
    '{"__proto__":{"polluted":1}}',
    '{"metadata":{"__proto__":{"polluted":1}}}',
    '{"metadata":{"constructor":{"prototype":{"polluted":1}}}}',
    '{"headers":{"\\u005f\\u005fproto__":"x"}}',
    '{"to":[{"prototype":"x"}]}',
  ])('are refused and pollute nothing: %s', async (body) => {
    const response = await api.request('POST', '/v1/emails', body);
    expect([response.status, (await response.json()).code]).toEqual([400, 'invalid_json']);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('have neighbours that are words like any other', async () => {
    const words = { toString: 'a', valueOf: 'b', hasOwnProperty: 'c' };
    expect((await draftOf({ metadata: words }))?.metadata).toEqual(words);
    expect((await draftOf({ headers: words }))?.headers).toHaveLength(3);
    expect(await refusalOf({ toString: 'x' })).toBe('422 validation_error /toString');
  });
});

describe('I18 a compressed body', () => {
  it.each(['gzip', 'deflate', 'br', 'zstd', 'compress', 'GZIP', 'identity, gzip', 'x-unknown'])(
    'in %s is refused',
    async (encoding) => {
      const response = await api.request('POST', '/v1/emails', smallest, { 'content-encoding': encoding });
      expect([response.status, (await response.json()).code]).toEqual([415, 'unsupported_media_type']);
    },
  );
});

describe('I19 an attachment', () => {
  it.each(['path', 'href', 'url', 'raw', 'encoding', 'contentType', 'headers'])('by %s is refused', async (key) => {
    const request = { attachments: [{ ...file, [key]: '/etc/passwd' }] };
    expect(await refusalOf(request)).toBe(`422 validation_error /attachments/0/${key}`);
  });

  it.each([
    'file:///etc/passwd',
    '/etc/passwd',
    'http://127.0.0.1/',
    'data:text/plain;base64,QQ==',
    { path: '/etc/passwd' },
    { href: 'http://127.0.0.1/' },
    { type: 'Buffer', data: [65] },
    ['QQ=='],
    null,
  ])('with the content %j is refused', async (content) => {
    const request = { attachments: [file, { ...file, content }] };
    expect(await refusalOf(request)).toBe('422 validation_error /attachments/1/content');
  });

  it.each(['html', 'text'])('cannot be had by an object for %s', async (field) => {
    for (const value of [{ path: '/etc/passwd' }, { href: 'http://127.0.0.1/' }]) {
      expect(await refusalOf({ [field]: value })).toBe(`422 validation_error /${field}`);
    }
  });
});

describe('I20 base64', () => {
  it.each([
    'Q',
    'QQ',
    'QQ=',
    'QQ===',
    '=QQ=',
    'QR==',
    'QUI=QUI=',
    'QQ==\n',
    'QQ ==',
    'Q-==',
    'Q_==',
    'QQ==!',
    '\u0141Q==',
    '%51Q==',
  ])('%j is refused at its place', async (content) => {
    const request = { attachments: [file, { ...file, content }] };
    expect(await refusalOf(request)).toBe('422 validation_error /attachments/1/content');
  });
});

describe('I21 a filename', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['/', 'attachment'],
    ['...', 'attachment'],
    ['.htaccess', 'htaccess'],
    ['cod\u202egpj.exe', 'codgpj.exe'],
    ['a\u2066b\u200f.txt', 'ab.txt'],
    ['a\u2028b.txt', 'ab.txt'],
    ['', 'attachment'],
  ])('%j is made %j', async (filename, safe) => {
    expect((await draftOf({ attachments: [{ ...file, filename }] }))?.attachments[0]?.filename).toBe(safe);
  });

  it('of 5 KB is cut to 255 octets and keeps its extension', async () => {
    for (const letter of ['x', '\u00e9', '\u{1f600}']) {
      const draft = await draftOf({ attachments: [{ ...file, filename: `${letter.repeat(5_000)}.pdf` }] });
      const filename = draft?.attachments[0]?.filename ?? '';
      expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(255);
      expect(filename).toMatch(/\.pdf$/);
      expect(filename.isWellFormed()).toBe(true);
    }
  });
});

describe('I22 a content type', () => {
  it.each([
    'multipart/mixed',
    'MULTIPART/mixed; boundary=x',
    'message/rfc822',
    'message/partial',
    'message/external-body; access-type=URL',
    'text/plain\r\nX: y',
    'text/plain; boundary=x',
    'text/plain; name=../x',
    'text/plain; charset="a"; x=y',
    'text/plain;charset=utf-8;',
    'text/plain; charset=\u00fc',
    'text',
    '/',
    '',
    'x-unknown/x',
  ])('%j is refused', async (content_type) => {
    const request = { attachments: [{ ...file, content_type }] };
    expect(await refusalOf(request)).toBe('422 validation_error /attachments/0/content_type');
  });

  it('that a filename stands for is never a composite one', async () => {
    for (const filename of ['mail.eml', 'mail.mht', 'mail.mhtml', 'mail.mime', 'a.p7s']) {
      const type = (await draftOf({ attachments: [{ ...file, filename }] }))?.attachments[0]?.contentType;
      expect(type).not.toMatch(/^(?:multipart|message)\//);
    }
  });
});

describe('I25 64 KB of attack text', () => {
  const attacks = ['"\\', '<', 'a ', 'a.', '=?', '; ', '\\u', '@', '\u00e9', '> <'].map((unit) =>
    unit.repeat(Math.ceil(65_536 / unit.length)),
  );
  const places: [string, (text: string) => object][] = [
    ...headerTexts.map(([place, , request]): [string, (text: string) => object] => [place, request]),
    ...addressFields.map(([field, request]): [string, (text: string) => object] => [`an address in ${field}`, request]),
    ['the text', (text) => ({ text })],
    ['the HTML', (html) => ({ html })],
    ['a time', (scheduled_at) => ({ scheduled_at })],
    ['a header name', (name) => ({ headers: { [name]: 'x' } })],
    ['a structured header', (value) => ({ headers: { References: value } })],
    ['an attachment', (content) => ({ attachments: [{ ...file, content }] })],
    ['a tag', (tag) => ({ tags: [tag] })],
    ['metadata', (value) => ({ metadata: { [value]: value } })],
    ['an unknown field', (name) => ({ [name]: 'x' })],
  ];

  it.each(places)('in %s is answered at once', async (_, request) => {
    for (const attack of attacks) {
      const body = JSON.stringify({ ...smallest, ...request(attack) });
      const statuses = new Set<number>();
      const ms = await leastCpuMs(async () => statuses.add((await api.request('POST', '/v1/emails', body)).status));
      expect([202, 422]).toContain([...statuses][0]);
      expect(ms, attack.slice(0, 20)).toBeLessThan(mostMs);
    }
  });
});
