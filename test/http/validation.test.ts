import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AnswerBody, type Api, startApi } from './api.ts';

const day = 86_400_000;
const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const file = { filename: 'a.txt', content: 'QQ==' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function errorsOf(change: object): Promise<AnswerBody['errors']> {
  const response = await api.request('POST', '/v1/emails', { ...smallest, ...change });
  const body = await response.json();
  expect([response.status, body.code]).toEqual([422, 'validation_error']);
  return body.errors;
}

async function draftOf(change: object) {
  const response = await api.request('POST', '/v1/emails', { ...smallest, ...change });
  expect(response.status).toBe(202);
  return api.drafts.at(-1);
}

function many(count: number, domain = 'one.example'): string[] {
  return Array.from({ length: count }, (_, index) => `r${index}@${domain}`);
}

describe('a request is refused with the pointer of the field', () => {
  it.each<[string, object, string, string]>([
    // What has to be there, and of which type.
    ['no from', { from: undefined }, '/from', 'required'],
    ['no to', { to: undefined }, '/to', 'required'],
    ['an empty to', { to: [] }, '/to', 'required'],
    ['no subject', { subject: undefined }, '/subject', 'required'],
    ['neither html nor text', { text: undefined }, '/text', 'required'],
    ['a number for a subject', { subject: 1 }, '/subject', 'invalid_type'],
    ['a header value that is no string', { headers: { 'X-A': 1 } }, '/headers/X-A', 'invalid_type'],
    ['an unknown word', { tls: 'sometimes' }, '/tls', 'invalid_value'],
    ['an unknown key', { sbject: 'x' }, '/sbject', 'unknown_key'],
    ['an unknown key with a slash and a tilde', { 'a/b~c': 'x' }, '/a~1b~0c', 'unknown_key'],
    ['an unknown key in an address', { to: [{ email: 'b@one.example', nam: 'B' }] }, '/to/0/nam', 'unknown_key'],
    // I05, I07, I08: addresses.
    ['two senders', { from: ['a@sender.example', 'b@sender.example'] }, '/from', 'invalid_value'],
    ['two senders in one string', { from: 'a@sender.example, b@sender.example' }, '/from', 'invalid_address'],
    ['an address with CRLF', { to: 'b@one.example\r\nRCPT TO:<x@evil.example>' }, '/to', 'invalid_address'],
    ['an address with NUL', { to: ['c@one.example', 'b\u0000@one.example'] }, '/to/1', 'invalid_address'],
    ['an address with an ESMTP parameter', { to: '<b@one.example> SIZE=1' }, '/to', 'invalid_address'],
    ['an empty address', { to: '<>' }, '/to', 'invalid_address'],
    ['an address with a space', { to: 'b b@one.example' }, '/to', 'invalid_address'],
    ['a quoted local part', { to: '"x@evil.example"@one.example' }, '/to', 'invalid_address'],
    ['a comment', { to: 'b@one.example (B)' }, '/to', 'invalid_address'],
    ['a comment in a name', { to: 'B (x) <b@one.example>' }, '/to', 'invalid_address'],
    ['a group', { to: 'Friends: b@one.example;' }, '/to', 'invalid_address'],
    ['a source route', { to: '<@evil.example:b@one.example>' }, '/to', 'invalid_address'],
    ['text after the brackets', { to: '<b@one.example>c@evil.example' }, '/to', 'invalid_address'],
    ['two addresses with names', { to: 'B <b@one.example>, C <c@evil.example>' }, '/to', 'invalid_address'],
    ['an open bracket', { to: 'B <b@one.examplee' }, '/to', 'invalid_address'],
    ['an open quotation', { to: '"B <b@one.example>' }, '/to', 'invalid_address'],
    ['an encoded word in the address', { to: '=?utf-8?q?b=40evil.example=3e?=@one.example' }, '/to', 'invalid_address'],
    ['an address literal (N19)', { to: 'b@[127.0.0.1]' }, '/to', 'invalid_address'],
    [
      'a name with CRLF',
      { to: { email: 'b@one.example', name: 'B\r\nBcc: x@evil.example' } },
      '/to',
      'invalid_address',
    ],
    ['a name with DEL', { cc: [{ email: 'b@one.example', name: 'B\u007f' }] }, '/cc/0', 'invalid_address'],
    [
      'a name of 321 characters',
      { from: { email: 'a@sender.example', name: 'n'.repeat(321) } },
      '/from',
      'invalid_address',
    ],
    ['a bad reply address', { reply_to: ['nobody'] }, '/reply_to/0', 'invalid_address'],
    ['51 in one field', { to: many(51) }, '/to', 'too_big'],
    ['51 together', { to: many(20), cc: many(20, 'two.example'), bcc: many(11, 'three.example') }, '/to', 'too_big'],
    // I01: control characters.
    ...['\r', '\n', '\u0000', '\u0008', '\t', '\u007f'].map((character): [string, object, string, string] => [
      `a subject with ${JSON.stringify(character)}`,
      { subject: `a${character}b` },
      '/subject',
      'control_character',
    ]),
    // I03: header fields.
    ['a header value with CRLF', { headers: { 'X-A': 'b\r\nBcc: x@evil.example' } }, '/headers/X-A', 'invalid_header'],
    ['a header name with a colon', { headers: { 'X-A: b\r\nBcc': 'c' } }, '/headers/X-A: b\r\nBcc', 'invalid_header'],
    ['a header name with a space', { headers: { 'X A': 'b' } }, '/headers/X A', 'invalid_header'],
    ['an empty header name', { headers: { '': 'b' } }, '/headers/', 'invalid_header'],
    ['an endless header name', { headers: { ['x'.repeat(77)]: 'b' } }, `/headers/${'x'.repeat(77)}`, 'invalid_header'],
    ['a header twice', { headers: { 'X-A': 'b', 'x-a': 'c' } }, '/headers/x-a', 'invalid_header'],
    [
      '51 headers',
      { headers: Object.fromEntries(many(51).map((name) => [name.replace('@', '-'), ''])) },
      '/headers',
      'too_big',
    ],
    ...[
      'Bcc',
      'from',
      'TO',
      'cc',
      'Subject',
      'Reply-To',
      'Sender',
      'DKIM-Signature',
      'ARC-Seal',
      'Received',
      'Return-Path',
      'Date',
      'Message-ID',
      'MIME-Version',
      'Content-Type',
      'Content-Transfer-Encoding',
      'Authentication-Results',
      'Resent-From',
      'Delivered-To',
    ].map((name): [string, object, string, string] => [
      `the header ${name}`,
      { headers: { [name]: 'x' } },
      `/headers/${name}`,
      'invalid_header',
    ]),
    // I19 to I22: attachments.
    [
      'an attachment by path',
      { attachments: [{ ...file, path: '/etc/passwd' }] },
      '/attachments/0/path',
      'unknown_key',
    ],
    [
      'an attachment by href',
      { attachments: [file, { ...file, href: 'http://x' }] },
      '/attachments/1/href',
      'unknown_key',
    ],
    [
      'a stream for content',
      { attachments: [{ ...file, content: { path: '/etc/passwd' } }] },
      '/attachments/0/content',
      'invalid_type',
    ],
    [
      'a data URL for content',
      { attachments: [{ ...file, content: 'data:text/plain;base64,QQ==' }] },
      '/attachments/0/content',
      'invalid_base64',
    ],
    ['an encoding', { attachments: [{ ...file, encoding: 'hex' }] }, '/attachments/0/encoding', 'unknown_key'],
    [
      'a filename with NUL',
      { attachments: [{ ...file, filename: 'a\u0000.txt' }] },
      '/attachments/0/filename',
      'invalid_value',
    ],
    [
      'a filename with CRLF',
      { attachments: [{ ...file, filename: 'a\r\n.txt' }] },
      '/attachments/0/filename',
      'invalid_value',
    ],
    [
      'a content id in brackets',
      { attachments: [{ ...file, content_id: '<a@b>' }] },
      '/attachments/0/content_id',
      'invalid_value',
    ],
    [
      'a content id with CRLF',
      { attachments: [{ ...file, content_id: 'a\r\nb' }] },
      '/attachments/0/content_id',
      'invalid_value',
    ],
    [
      'an endless content id',
      { attachments: [{ ...file, content_id: 'a'.repeat(256) }] },
      '/attachments/0/content_id',
      'invalid_value',
    ],
    ...[
      'multipart/mixed',
      'Multipart/Alternative; boundary=x',
      'message/rfc822',
      'text',
      'text/plain; charset=utf-8\r\nX: y',
      'text/plain; boundary=x',
      'text/plain; charset="a b"',
      'x/y',
      '',
    ].map((type): [string, object, string, string] => [
      `the content type ${JSON.stringify(type)}`,
      { attachments: [{ ...file, content_type: type }] },
      '/attachments/0/content_type',
      'invalid_value',
    ]),
    ['101 attachments', { attachments: Array.from({ length: 101 }, () => file) }, '/attachments', 'too_big'],
    // Labels and times.
    ['51 tags', { tags: many(51) }, '/tags', 'too_big'],
    ['an empty tag', { tags: ['a', ''] }, '/tags/1', 'too_small'],
    ['a tag of 257 characters', { tags: ['x'.repeat(257)] }, '/tags/0', 'too_big'],
    ['a tag beyond ASCII', { tags: ['\u00e9'] }, '/tags/0', 'invalid_value'],
    ['metadata that is no string', { metadata: { a: { b: 1 } } }, '/metadata/a', 'invalid_type'],
    ['51 metadata keys', { metadata: Object.fromEntries(many(51).map((key) => [key, ''])) }, '/metadata', 'too_big'],
    ['an endless metadata value', { metadata: { a: 'x'.repeat(1025) } }, '/metadata/a', 'too_big'],
    ['an empty metadata key', { metadata: { '': 'x' } }, '/metadata/', 'invalid_value'],
    ['a time without an offset', { scheduled_at: '2030-01-01T00:00:00' }, '/scheduled_at', 'invalid_format'],
    ['a day that is none', { scheduled_at: '2030-02-30T00:00:00Z' }, '/scheduled_at', 'invalid_format'],
    ['a time in words', { expires_at: 'tomorrow' }, '/expires_at', 'invalid_format'],
    [
      'a schedule 31 days ahead',
      { scheduled_at: new Date(Date.now() + 31 * day).toISOString() },
      '/scheduled_at',
      'too_big',
    ],
    [
      'an expiry that has passed',
      { expires_at: new Date(Date.now() - 1_000).toISOString() },
      '/expires_at',
      'too_small',
    ],
    [
      'an expiry 31 days ahead',
      { expires_at: new Date(Date.now() + 31 * day).toISOString() },
      '/expires_at',
      'too_big',
    ],
    [
      'an expiry before the schedule',
      { scheduled_at: '2099-01-01T00:00:00Z', expires_at: '2098-01-01T00:00:00Z' },
      '/expires_at',
      'too_small',
    ],
    // What the composer cannot write (I11).
    ['headers above 64 KiB', { headers: { 'X-A': 'word '.repeat(15_000) } }, '/headers/X-A', 'invalid_value'],
  ])('%s', async (_, change, pointer, code) => {
    const errors = await errorsOf(change);
    expect(errors).toContainEqual({ pointer, code, detail: expect.stringMatching(/[.?]$/) });
  });

  it('with all wrong fields at once', async () => {
    const errors = await errorsOf({
      from: 'x',
      subject: 'a\nb',
      headers: { Bcc: 'x' },
      attachments: [{ ...file, content: '!' }],
    });
    expect(errors.map((error) => error.pointer)).toEqual([
      '/from',
      '/subject',
      '/headers/Bcc',
      '/attachments/0/content',
    ]);
  });

  it('with fifty errors at most', async () => {
    const change = Object.fromEntries(many(500).map((key) => [key, 1]));
    expect(await errorsOf(change)).toHaveLength(50);
    const nobody = Array.from({ length: 50 }, () => 'nobody');
    expect(await errorsOf({ to: nobody, cc: nobody })).toHaveLength(50);
  });

  it('and a suggestion for a key that is nearly one', async () => {
    const [top] = await errorsOf({ sbject: 'x' });
    expect(top?.detail).toBe('"sbject" is not a known field; did you mean "subject"?');
    const [inner] = await errorsOf({ attachments: [{ ...file, contentType: 'x' }] });
    expect(inner?.detail).toBe('"contentType" is not a known field; did you mean "content_type"?');
  });
});

describe('a request is taken', () => {
  it('with one sender in an array, and null for what is absent', async () => {
    const draft = await draftOf({
      from: ['a@sender.example'],
      html: null,
      headers: null,
      attachments: null,
      tags: null,
    });
    expect(draft?.from.mailbox.local).toBe('a');
  });

  it('with an empty subject', async () => {
    expect((await draftOf({ subject: '' }))?.subject).toBe('');
  });

  it('with every recipient once, at its first place, whatever the form of its domain (I13)', async () => {
    const draft = await draftOf({
      to: ['Ada <ada@B\u00fccher.example>', 'ada@xn--bcher-kva.example'],
      cc: ['ADA@b\u00fccher.example', 'ada@B\u00dcCHER.example'],
      bcc: 'ADA@xn--bcher-kva.example',
    });
    expect(draft?.to).toEqual([{ name: 'Ada', mailbox: { local: 'ada', domain: 'xn--bcher-kva.example' } }]);
    expect(draft?.cc).toEqual([{ name: null, mailbox: { local: 'ADA', domain: 'xn--bcher-kva.example' } }]);
    expect(draft?.bcc).toEqual([]);
  });

  it('with the line separators of Unicode in its texts (I02)', async () => {
    const draft = await draftOf({ subject: 'a\u0085b\u2028c\u2029d\u010d\u010a', headers: { 'X-A': 'a\u2028b' } });
    expect(draft?.subject).toBe('a\u0085b\u2028c\u2029d\u010d\u010a');
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['..', 'attachment'],
    ['a/', 'attachment'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ])('with the filename %j made %j (I21)', async (filename, safe) => {
    expect((await draftOf({ attachments: [{ ...file, filename }] }))?.attachments[0]?.filename).toBe(safe);
  });

  it('with a filename of 5 KB cut to 255 octets, its extension kept (I21)', async () => {
    const draft = await draftOf({ attachments: [{ ...file, filename: `${'\u00e9'.repeat(2_500)}.pdf` }] });
    const filename = draft?.attachments[0]?.filename ?? '';
    expect([Buffer.byteLength(filename) <= 255, filename.endsWith('\u00e9.pdf')]).toEqual([true, true]);
  });

  it.each([
    ['a.pdf', undefined, 'application/pdf'],
    ['a', undefined, 'application/octet-stream'],
    ['a.eml', undefined, 'application/octet-stream'],
    ['a.ics', 'text/calendar; method=REQUEST; charset=utf-8', 'text/calendar; method=REQUEST; charset=utf-8'],
  ])('with the type of %s given as %j taken for %j', async (filename, content_type, expected) => {
    expect((await draftOf({ attachments: [{ ...file, filename, content_type }] }))?.attachments[0]?.contentType).toBe(
      expected,
    );
  });

  it('with an attachment inline when the HTML can point to it', async () => {
    const draft = await draftOf({ attachments: [{ ...file, content_id: 'logo@sender.example' }, file] });
    expect(draft?.attachments.map((attachment) => attachment.disposition)).toEqual(['inline', 'attachment']);
  });
});
