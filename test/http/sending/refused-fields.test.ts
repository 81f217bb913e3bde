import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { requestLimits } from '../../../functions/http/request-limits.ts';
import { type Api, startApi } from '../api.ts';

const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const mime = 'From: a@sender.example\r\nTo: b@one.example\r\n\r\nHello\r\n';
const envelope = { from: 'a@sender.example', to: ['b@one.example'] };
const longAgo = '2020-01-01T00:00:00Z';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.dispose());

async function refused(path: string, body: unknown, headers: Record<string, string> = {}): Promise<string[]> {
  const response = await api.request('POST', path, body, headers);
  const { code, errors } = await response.json();
  expect([response.status, code]).toEqual([422, 'validation_error']);
  return errors.map((error) => `${error.pointer} ${error.code}`);
}

describe('one refusal names every field to blame', () => {
  it.each<[string, object, string[]]>([
    ['an unknown key', { sbject: 1, to: 'nobody' }, ['/sbject unknown_key', '/to invalid_address']],
    [
      'an unknown key deep inside, beside a wrong value of its own object',
      { from: { email: 'nobody', nam: 'A' } },
      ['/from/nam unknown_key', '/from invalid_address'],
    ],
    [
      'an unknown key in one entry of a list',
      { to: [{ email: 'b@one.example', nam: 'B' }, 'nobody'] },
      ['/to/0/nam unknown_key', '/to/1 invalid_address'],
    ],
    ['a field of the wrong type', { subject: 4, to: 'nobody' }, ['/subject invalid_type', '/to invalid_address']],
    ['a missing field', { from: undefined, expires_at: longAgo }, ['/from required', '/expires_at too_small']],
    ['a body of the wrong type', { text: 4, to: 'nobody' }, ['/text invalid_type', '/to invalid_address']],
    ['a header', { cci: 'x', headers: { 'X-A': 'a\nb' } }, ['/cci unknown_key', '/headers/X-A invalid_header']],
    ['a list as a whole', { to: 4, cc: 'nobody' }, ['/to invalid_type', '/cc invalid_address']],
  ])('of an email: %s', async (_, change, expected) => {
    const body = { ...smallest, ...change };
    expect(await refused('/v1/emails', body)).toEqual(expected);
    expect(await refused('/v1/emails/validate', body)).toEqual(expected);
    expect(await refused('/v1/emails/batch', { emails: [smallest, body] })).toEqual(
      expected.map((error) => `/emails/1${error}`),
    );
  });

  it('of an email that cannot be composed', async () => {
    const list_unsubscribe = { mailto: `${'x'.repeat(64)}@${`${'y'.repeat(60)}.`.repeat(3)}example` };
    const headers = { References: `<${'x'.repeat(1_200)}@one.example>` };
    const errors = await refused('/v1/emails', { ...smallest, list_unsubscribe, headers, cci: 'x' });
    expect(errors[0]).toBe('/cci unknown_key');
    expect(errors.length).toBeGreaterThan(1);
  });

  it.each<[string, object, string[]]>([
    [
      'an unknown key',
      { mim: 'x', mime: 'To: b@one.example\r\n\r\nHello' },
      ['/mim unknown_key', '/mime invalid_message'],
    ],
    [
      'one in the envelope',
      { envelope: { from: 'nobody', to: ['b@one.example', 'none'], bcc: [] } },
      ['/envelope/bcc unknown_key', '/envelope/from invalid_address', '/envelope/to/1 invalid_address'],
    ],
    ['no message', { mime: undefined, expires_at: longAgo }, ['/mime required', '/expires_at too_small']],
    [
      'no envelope',
      { envelope: 4, mime: 'To: b@one.example\r\n\r\nHello' },
      ['/envelope invalid_type', '/mime invalid_message'],
    ],
  ])('of a raw message: %s', async (_, change, expected) => {
    expect(await refused('/v1/emails/raw', { mime, envelope, ...change })).toEqual(expected);
  });

  it('of a raw message with its envelope in the query', async () => {
    const asMessage = { 'content-type': 'message/rfc822' };
    const path = `/v1/emails/raw?from=nobody&to=b@one.example&too=x&expires_at=${longAgo}`;
    const expected = ['/too unknown_key', '/from invalid_address', '/expires_at too_small', ' invalid_message'];
    expect(await refused(path, 'To: b@one.example\r\n\r\nHello', asMessage)).toEqual(expected);
    expect(await refused('/v1/emails/raw?to=nobody&tls=x', mime, asMessage)).toEqual([
      '/tls invalid_value',
      '/from required',
    ]);
  });

  it('of keys, domains and suppressions', async () => {
    expect(await refused('/v1/api_keys', { nme: 'x', project: 'UPPER' })).toEqual([
      '/name required',
      '/nme unknown_key',
      '/project invalid_value',
    ]);
    expect(await refused('/v1/domains', { name: 'nothing', dkim: true })).toEqual([
      '/dkim unknown_key',
      '/name invalid_value',
    ]);
    expect(await refused('/v1/suppressions', { email: 'nobody', raeson: 'manual' })).toEqual([
      '/raeson unknown_key',
      '/email invalid_address',
    ]);
    const suppressions = [{ email: 'a@one.example', nota: 'x' }, { email: 'nobody' }];
    expect(await refused('/v1/suppressions/batch', { suppressions })).toEqual([
      '/suppressions/0/nota unknown_key',
      '/suppressions/1/email invalid_address',
    ]);
  });

  it('of a query', async () => {
    const response = await api.request('GET', '/v1/emails?limt=4&to=nobody&after=a&before=b&status=none');
    const { errors } = await response.json();
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/status/0', '/limt', '/before', '/to']);
  });

  it('up to a number', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 1]));
    const many = Array.from({ length: 45 }, (_, index) => `nobody ${index}`);
    expect(await refused('/v1/emails', { ...smallest, ...unknown, to: many })).toHaveLength(requestLimits.errorsListed);
    const some = Object.fromEntries(Object.entries(unknown).slice(0, 10));
    expect(await refused('/v1/emails', { ...smallest, ...some, to: many })).toHaveLength(requestLimits.errorsListed);
  });
});
