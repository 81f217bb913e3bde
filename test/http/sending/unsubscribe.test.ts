import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createComposer } from '../../../functions/mime/compose.ts';
import { random } from '../../mime/drafts.ts';
import { type Api, startApi } from '../api.ts';

const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const url = 'https://sender.example/unsubscribe/4711?a=b';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

/** The unsubscribe fields of the composed message, unfolded. */
async function fieldsOf(list_unsubscribe: object): Promise<string[]> {
  const response = await api.request('POST', '/v1/emails', { ...email, list_unsubscribe });
  expect([response.status, await response.json()]).toEqual([202, expect.anything()]);
  const draft = api.drafts.at(-1);
  if (draft === undefined) throw new Error('Nothing was accepted.');
  const { bytes } = await createComposer(random).compose(draft, '<em_1@sender.example>', 1_700_000_000_000);
  const [header = ''] = Buffer.from(bytes).toString('latin1').split('\r\n\r\n');
  expect(header.split('\r\n').every((line) => line.length <= 998)).toBe(true);
  return header
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .filter((line) => line.startsWith('List-'));
}

describe('list_unsubscribe', () => {
  it.each<[string, object, string[]]>([
    [
      'an https url is one click by itself (C59)',
      { url },
      [`List-Unsubscribe: <${url}>`, 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'],
    ],
    ['one click can be declined', { url, one_click: false }, [`List-Unsubscribe: <${url}>`]],
    ['an http url is none', { url: 'http://sender.example/u' }, ['List-Unsubscribe: <http://sender.example/u>']],
    [
      'url and address stand beside each other',
      { url, mailto: 'Leave+1@sender.example', one_click: true },
      [
        `List-Unsubscribe: <${url}>, <mailto:Leave%2B1@sender.example>`,
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      ],
    ],
    [
      'a mailto URI stays as it is',
      { mailto: 'mailto:leave@sender.example?subject=leave%20me' },
      ['List-Unsubscribe: <mailto:leave@sender.example?subject=leave%20me>'],
    ],
    [
      'an international address is encoded',
      { mailto: 'j\u00f6rg@b\u00fccher.example', url: null },
      ['List-Unsubscribe: <mailto:j%C3%B6rg@xn--bcher-kva.example>'],
    ],
  ])('%s', async (_, input, fields) => {
    expect(await fieldsOf(input)).toEqual(fields);
  });

  it('of the greatest length still fits on lines', async () => {
    const long = `https://sender.example/${'x'.repeat(990 - 23)}`;
    const mailto = `mailto:leave@sender.example?subject=${'y'.repeat(990 - 36)}`;
    const [field] = await fieldsOf({ url: long, mailto });
    expect(field?.replaceAll(' ', '')).toBe(`List-Unsubscribe:<${long}>,<${mailto}>`);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, ''],
    ['null twice', { url: null, mailto: null }, ''],
    ['no click and nothing else', { one_click: false }, ''],
    ['one click over http (C59)', { url: 'http://sender.example/u', one_click: true }, '/one_click'],
    ['a url of another scheme', { url: 'ftp://sender.example/u' }, '/url'],
    ['a script for a url', { url: 'javascript:alert(1)' }, '/url'],
    ['a url without a host', { url: 'https:/u' }, '/url'],
    ['a url with a password', { url: 'https://user:word@sender.example/u' }, '/url'],
    ['a url with CRLF (I01)', { url: `${url}\r\nBcc: x@evil.example` }, '/url'],
    ['a url with a tab', { url: `${url}\t` }, '/url'],
    ['a url with a space', { url: `${url} x` }, '/url'],
    ['a url that ends its brackets', { url: `${url}>,<https://evil.example/` }, '/url'],
    ['a url with a comma', { url: `${url},x` }, '/url'],
    ['a url beyond ASCII (I02)', { url: `${url}\u2028\u010d\u010a` }, '/url'],
    ['an endless url (I12)', { url: `${url}${'x'.repeat(990)}` }, '/url'],
    ['an address that is none', { mailto: 'leave' }, '/mailto'],
    ['an address with a name', { mailto: 'Leave <leave@sender.example>' }, '/mailto'],
    ['an address with CRLF (I05)', { mailto: 'leave@sender.example\r\nX: y' }, '/mailto'],
    ['a mailto with CRLF (I01)', { mailto: 'mailto:leave@sender.example\r\nX: y' }, '/mailto'],
    ['a mailto with encoded CRLF', { mailto: 'mailto:leave@sender.example?subject=a%0d%0aBcc:x' }, '/mailto'],
    ['a mailto with a broken escape', { mailto: 'mailto:leave@sender.example?subject=%zz' }, '/mailto'],
    ['a mailto to nobody', { mailto: 'mailto:?subject=x' }, '/mailto'],
    ['a mailto to two', { mailto: 'mailto:a@sender.example%2Cb@sender.example' }, '/mailto'],
    ['a mailto with more recipients', { mailto: 'mailto:leave@sender.example?bcc=x%40evil.example' }, '/mailto'],
    ['a mailto with a fragment', { mailto: 'mailto:leave@sender.example#x' }, '/mailto'],
    ['an unknown key', { url, oneclick: true }, '/oneclick'],
    ['a word for one_click', { url, one_click: 'yes' }, '/one_click'],
  ])('with %s is refused', async (_, list_unsubscribe, place) => {
    const response = await api.request('POST', '/v1/emails', { ...email, list_unsubscribe });
    const { errors } = await response.json();
    expect([response.status, errors.map((error) => error.pointer)]).toEqual([422, [`/list_unsubscribe${place}`]]);
  });

  it.each(['List-Unsubscribe', 'list-unsubscribe-post'])(
    'beside a header %s of the same meaning is refused',
    async (name) => {
      const request = { ...email, list_unsubscribe: { url }, headers: { [name]: '<https://sender.example/other>' } };
      const response = await api.request('POST', '/v1/emails', request);
      expect([response.status, (await response.json()).errors.map((error) => error.pointer)]).toEqual([
        422,
        [`/headers/${name}`],
      ]);
      const alone = await api.request('POST', '/v1/emails', { ...request, list_unsubscribe: null });
      expect(alone.status).toBe(202);
    },
  );
});
