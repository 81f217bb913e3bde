import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Api, otherKey, startApi } from './api.ts';

type View = {
  readonly id: string;
  readonly status: string;
  readonly recipients: readonly { readonly email: string; readonly status: string; readonly bounce: unknown }[];
};

const envelope = { from: 'a@sender.example', to: ['eve@one.example', 'ada@one.example'] };
const email = { from: 'a@sender.example', to: 'ada@one.example', subject: 'Hello', text: 'Hello' };

let api: Api;

beforeEach(async () => {
  api = await startApi();
  for (const [address, reason] of [
    ['ada@one.example', 'bounce'],
    ['bob@b\u00fccher.example', 'complaint'],
  ]) {
    await api.request('POST', '/v1/suppressions', { email: address, reason });
  }
});

afterEach(() => api.dispose());

async function sent(changes: object): Promise<View> {
  const response = await api.request('POST', '/v1/emails', { ...email, ...changes });
  expect(response.status).toBe(202);
  const { id } = await response.json();
  return (await (await api.request('GET', `/v1/emails/${id}`)).json()) as unknown as View;
}

function statuses({ recipients }: View): string[] {
  return recipients.map(({ email: address, status }) => `${address} ${status}`);
}

describe('an email with suppressed recipients', () => {
  it('goes to the others, and says why these were left out', async () => {
    const view = await sent({ to: ['eve@one.example', 'Ada+new@one.example'], cc: 'BOB@B\u00dcCHER.example' });
    expect([view.status, ...statuses(view)]).toEqual([
      'queued',
      'eve@one.example queued',
      'Ada+new@one.example suppressed',
      'BOB@xn--bcher-kva.example suppressed',
    ]);
    expect(view.recipients[2]?.bounce).toEqual({
      category: 'suppressed',
      rule: 'suppression-list',
      smtp_code: null,
      enhanced_code: null,
      diagnostic: "The address is on the project's suppression list (complaint).",
      remote_mta: null,
      source: 'local',
    });
    const events = await (await api.request('GET', `/v1/emails/${view.id}/events`)).json();
    expect(events).toMatchObject({
      data: [{}, {}, { type: 'email.suppressed', data: { bounce: view.recipients[2]?.bounce } }],
    });
  });

  it('names the recipient once when a batch is refused for it', async () => {
    const emails = [{ ...email, on_suppressed: 'reject' }];
    const { code, detail } = await (await api.request('POST', '/v1/emails/batch', { emails })).json();
    expect([code, detail]).toEqual([
      'recipient_suppressed',
      '/emails/0/to: ada@one.example is on the suppression list (bounce).',
    ]);
  });

  it('is accepted and has ended at once when no other is left', async () => {
    const response = await api.request('POST', '/v1/emails', { ...email, on_suppressed: 'skip' });
    expect([response.status, (await response.json()).status]).toEqual([202, 'suppressed']);
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await sent({ scheduled_at })).status).toBe('suppressed');
  });

  it('is refused as a whole when it says reject, naming every place', async () => {
    const to = ['eve@one.example', 'ADA@one.example', 'eve@one.example', 'Ada+1@one.example'];
    const request = { ...email, to, bcc: { email: 'bob@xn--bcher-kva.example' }, on_suppressed: 'reject' };
    const response = await api.request('POST', '/v1/emails', request);
    const { code, errors } = await response.json();
    expect([response.status, code]).toEqual([422, 'recipient_suppressed']);
    expect(errors.map((error) => `${error.pointer} ${error.code}`)).toEqual([
      '/to/1 suppressed',
      '/to/3 suppressed',
      '/bcc suppressed',
    ]);
    expect(errors[0]?.detail).toContain('bounce');
    expect(api.drafts).toEqual([]);
  });

  it('is sent under reject when none of its recipients is suppressed', async () => {
    expect((await sent({ to: 'eve@one.example', on_suppressed: 'reject' })).status).toBe('queued');
  });

  it('is not held to the list of another project (X04)', async () => {
    const headers = { authorization: `Bearer ${otherKey}` };
    const response = await api.request('POST', '/v1/emails', { ...email, on_suppressed: 'reject' }, headers);
    expect([response.status, (await response.json()).status]).toEqual([202, 'queued']);
  });

  it('may be sent again once the address was taken off the list', async () => {
    await api.request('DELETE', '/v1/suppressions/ada@one.example');
    expect((await sent({ on_suppressed: 'reject' })).status).toBe('queued');
  });

  it('is not accepted while the list is out of reach', async () => {
    const broken = await startApi({
      suppressions: { ...api.ports.suppressions, among: () => Promise.reject(new Error('disk')) },
    });
    const response = await broken.request('POST', '/v1/emails', email);
    expect([response.status, (await response.json()).code, broken.drafts]).toEqual([503, 'unavailable', []]);
    await broken.dispose();
  });

  it.each([
    ['/v1/emails', email, '/to'],
    ['/v1/emails/validate', email, '/to'],
    ['/v1/emails/batch', { emails: [{ ...email, to: 'eve@one.example' }, email] }, '/emails/1/to'],
    ['/v1/emails/raw', { mime: 'From: a@sender.example\r\n\r\nHi\r\n', envelope }, '/envelope/to/1'],
  ] as const)('is held to the list by %s too', async (path, body, pointer) => {
    const skipped = await api.request('POST', path, body);
    expect(skipped.ok).toBe(true);
    const reject = { on_suppressed: 'reject' };
    const strict =
      'emails' in body ? { emails: body.emails.map((one) => ({ ...one, ...reject })) } : { ...body, ...reject };
    const refused = await api.request('POST', path, strict);
    const { code, errors } = await refused.json();
    expect([refused.status, code, errors.map((error) => error.pointer)]).toEqual([
      422,
      'recipient_suppressed',
      [pointer],
    ]);
  });

  it('may be a raw message with its options in the query', async () => {
    const mime = 'From: a@sender.example\r\n\r\nHi\r\n';
    const query = '?from=a@sender.example&to=eve@one.example&to=ada@one.example&test=true';
    const raw = (options: string) =>
      api.request('POST', `/v1/emails/raw${query}${options}`, mime, { 'content-type': 'message/rfc822' });
    const accepted = await (await raw('&on_suppressed=skip')).json();
    const view = (await (await api.request('GET', `/v1/emails/${accepted.id}`)).json()) as unknown as View & {
      test: boolean;
    };
    expect([view.test, ...statuses(view)]).toEqual([true, 'eve@one.example queued', 'ada@one.example suppressed']);
    expect((await raw('&on_suppressed=reject')).status).toBe(422);
  });

  it('refuses another word for on_suppressed', async () => {
    const response = await api.request('POST', '/v1/emails', { ...email, on_suppressed: 'drop' });
    expect([response.status, (await response.json()).errors[0]?.pointer]).toEqual([422, '/on_suppressed']);
  });
});
