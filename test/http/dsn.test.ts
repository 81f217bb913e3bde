import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const email = { from: 'Shop <shop@sender.example>', to: 'ada@one.example', subject: 'Hello', text: 'Hello' };
const mime = 'From: Shop <shop@sender.example>\r\nTo: ada@one.example\r\nSubject: Raw\r\n\r\nHi.\r\n';
const envelope = { from: 'bounces@mail.sender.example', to: 'ada@one.example' };
const stranger = 'Notifications go to an address at the domain of the sender, or to one of reply_to.';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.dispose());

async function refusal(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  const answer = await api.request('POST', path, body, headers);
  const { errors } = await answer.json();
  return [answer.status, ...errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)];
}

describe('an email says who is told of what by mail', () => {
  it('and shows it', async () => {
    const sent = await api.request('POST', '/v1/emails', { ...email, dsn: { to: 'ops@sender.example' } });
    expect(sent.status).toBe(202);
    const { id } = await sent.json();
    const shown = (await (await api.request('GET', `/v1/emails/${id}`)).json()) as unknown;
    expect(shown).toMatchObject({
      dsn: { to: 'ops@sender.example', notify: ['failure'], ret: 'headers', envid: null },
      about: null,
    });
    const plain = await (await api.request('POST', '/v1/emails', email)).json();
    expect(await (await api.request('GET', `/v1/emails/${plain.id}`)).json()).toMatchObject({ dsn: null });
  });

  it('once each, in whatever order', async () => {
    const dsn = {
      to: 'Ops@sender.example',
      notify: ['success', 'failure', 'success'],
      ret: 'full',
      envid: 'order 4711',
    };
    const { id } = await (await api.request('POST', '/v1/emails', { ...email, dsn })).json();
    expect(await (await api.request('GET', `/v1/emails/${id}`)).json()).toMatchObject({
      dsn: { ...dsn, notify: ['failure', 'success'] },
    });
  });

  it('who may be anybody that readers are asked to answer to', async () => {
    const changes = { reply_to: ['Help <help@desk.example>'], dsn: { to: 'help@desk.example' } };
    expect((await api.request('POST', '/v1/emails/validate', { ...email, ...changes })).status).toBe(200);
  });
});

describe('nothing is sent when', () => {
  it.each([
    [{ to: 'victim@other.example' }, `/dsn/to: ${stranger}`],
    [{ to: 'ops@sub.sender.example' }, `/dsn/to: ${stranger}`],
    [{ to: 'nobody' }, '/dsn/to: An address has the form local@domain.'],
    [{ to: 'ops@sender.example', envid: 'a\r\nb' }, '/dsn/envid: envid has 1 to 100 printable ASCII characters.'],
    [{ to: 'ops@sender.example', envid: '' }, '/dsn/envid: envid has 1 to 100 printable ASCII characters.'],
    [
      { to: 'ops@sender.example', envid: 'x'.repeat(101) },
      '/dsn/envid: envid has 1 to 100 printable ASCII characters.',
    ],
  ])('what is asked for is %j', async (dsn, error) => {
    for (const path of ['/v1/emails', '/v1/emails/validate']) {
      expect(await refusal(path, { ...email, dsn })).toEqual([422, error]);
    }
    expect(await refusal('/v1/emails/batch', { emails: [{ ...email, dsn }] })).toEqual([422, `/emails/0${error}`]);
  });

  it.each([
    [{}, '/dsn/to'],
    [{ to: 'ops@sender.example', notify: [] }, '/dsn/notify'],
    [{ to: 'ops@sender.example', notify: ['never'] }, '/dsn/notify/0'],
    [{ to: 'ops@sender.example', ret: 'hdrs' }, '/dsn/ret'],
    [{ to: 'ops@sender.example', cc: 'x' }, '/dsn/cc'],
  ])('its form is %j', async (dsn, pointer) => {
    const answer = await api.request('POST', '/v1/emails', { ...email, dsn });
    expect([answer.status, (await answer.json()).errors.map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });

  it('a raw message would have strangers told, in either form', async () => {
    const dsn = { to: 'victim@other.example' };
    expect(await refusal('/v1/emails/raw', { mime, envelope, dsn })).toEqual([422, `/dsn/to: ${stranger}`]);
    const query = 'from=shop@sender.example&to=ada@one.example';
    const type = { 'content-type': 'message/rfc822' };
    expect(await refusal(`/v1/emails/raw?${query}&dsn_to=victim@other.example`, mime, type)).toEqual([
      422,
      `/dsn_to: ${stranger}`,
    ]);
    expect(await refusal(`/v1/emails/raw?${query}&dsn_notify=delay`, mime, type)).toEqual([
      422,
      '/dsn_to: Name who is told: dsn_to=…',
    ]);
    const fine = `${query}&dsn_to=ops@sender.example&dsn_notify=delay&dsn_notify=failure`;
    expect((await api.request('POST', `/v1/emails/raw?${fine}`, mime, type)).status).toBe(202);
    expect(
      (await api.request('POST', '/v1/emails/raw', { mime, envelope, dsn: { to: 'x@mail.sender.example' } })).status,
    ).toBe(202);
  });

  it('the key may not send to who would be told', async () => {
    const rights = { name: 'One domain', scopes: ['emails:send'], recipients: ['one.example'] };
    const { key } = (await (await api.request('POST', '/v1/api_keys', rights)).json()) as unknown as { key: string };
    const headers = { authorization: `Bearer ${key}` };
    const answer = await api.request('POST', '/v1/emails', { ...email, dsn: { to: 'ops@sender.example' } }, headers);
    expect([answer.status, (await answer.json()).code]).toEqual([403, 'recipient_not_allowed']);
    expect((await api.request('POST', '/v1/emails', email, headers)).status).toBe(202);
  });
});
