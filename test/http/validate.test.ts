import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const path = '/v1/emails/validate';
const good = { from: 'Shop <orders@sender.example>', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function listed(): Promise<unknown[]> {
  return ((await (await api.request('GET', '/v1/emails')).json()) as unknown as { data: unknown[] }).data;
}

describe('POST /v1/emails/validate', () => {
  it('answers with what would be sent, and stores nothing', async () => {
    const bcc = ['eve@two.example', 'ada@one.example'];
    const response = await api.request('POST', path, { ...good, bcc }, { 'idempotency-key': 'v-1' });
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        object: 'validation',
        valid: true,
        warnings: [{ pointer: '/from', code: 'sender_domain_unverified', detail: expect.any(String) }],
        size_bytes: expect.any(Number),
        recipients: [
          { email: 'ada@one.example', status: 'queued' },
          { email: 'eve@two.example', status: 'queued' },
        ],
      },
    ]);
    expect(await listed()).toEqual([]);
    expect((await api.request('POST', '/v1/emails', good, { 'idempotency-key': 'v-1' })).status).toBe(202);
  });

  it('tells the size of the message as it will be stored', async () => {
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(5_000).toString('base64') }];
    const body = { ...good, attachments };
    const validated = (await (await api.request('POST', path, body)).json()) as unknown as { size_bytes: number };
    const { id } = await (await api.request('POST', '/v1/emails', body)).json();
    const raw = await api.request('GET', `/v1/emails/${id}/raw`);
    expect(validated.size_bytes).toBe((await raw.arrayBuffer()).byteLength);
  });

  it('warns of what may not be meant', async () => {
    const body = {
      from: 'orders@sender.example',
      to: 'jörg@one.example',
      subject: ' ',
      html: '<p>Hello</p>',
      scheduled_at: '2001-01-01T00:00:00Z',
    };
    const { warnings } = (await (await api.request('POST', path, body)).json()) as unknown as {
      warnings: { code: string; pointer: string }[];
    };
    expect(warnings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['sender_domain_unverified', '/from'],
      ['empty_subject', '/subject'],
      ['no_text', '/text'],
      ['time_passed', '/scheduled_at'],
      ['needs_smtputf8', '/to'],
    ]);
  });

  it.each([
    [{ ...good, to: ['nobody'] }, '/to/0'],
    [{ ...good, subjekt: 'x' }, '/subjekt'],
    [{ ...good, headers: { References: 'x'.repeat(1_200) } }, '/headers/References'],
  ])('refuses what POST /v1/emails refuses, in the same words (%#)', async (body, pointer) => {
    const response = await api.request('POST', path, body);
    const sent = await api.request('POST', '/v1/emails', body);
    const [answer, other] = [await response.json(), await sent.json()];
    expect([response.status, answer.errors[0]?.pointer]).toEqual([422, pointer]);
    expect({ ...answer, request_id: '' }).toEqual({ ...other, request_id: '' });
  });
});
