import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';

type Answer = {
  readonly id: string;
  readonly status: string;
  readonly scheduled_at: string;
  readonly recipients: readonly { readonly email: string; readonly status: string }[];
  readonly data: readonly { readonly id: string; readonly type: string; readonly recipient: string }[];
};

const good = { from: 'orders@sender.example', subject: 'Hello', text: 'It works.' };

let temporary: ReturnType<typeof temporaryDirectory>;
let postern: PosternProcess;

beforeAll(async () => {
  temporary = temporaryDirectory();
  postern = await startPostern(temporary.directory, {});
});

afterAll(async () => {
  await postern.stop('SIGKILL');
  temporary.dispose();
});

async function asked(method: string, address: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await postern.request(method, address, body, headers);
  return { http: response.status, headers: response.headers, body: (await response.json()) as Answer };
}

async function typesWhen(id: string, last: string): Promise<string[]> {
  for (;;) {
    const { body } = await asked('GET', `/v1/emails/${id}/events`);
    const types = body.data.map(({ type }) => type);
    if (types.includes(last)) return types;
  }
}

describe('the single process', () => {
  it('holds the answer until the worker has tried every recipient once', async () => {
    const to = ['delivered@one.example', 'bounced@two.example', 'deferred@three.example'];
    const { http, headers, body } = await asked('POST', '/v1/emails', { ...good, to }, { prefer: 'wait=20' });
    expect([http, headers.get('preference-applied')]).toEqual([202, 'wait=20']);
    expect(body.recipients.map(({ status }) => status)).toEqual(['delivered', 'bounced', 'deferred']);
  });

  it('sends a batch, and tells the history of each email', async () => {
    const emails = [
      { ...good, to: 'bounced@one.example' },
      { ...good, to: 'delivered@one.example' },
    ];
    const { http, body } = await asked('POST', '/v1/emails/batch', { emails });
    expect(http).toBe(202);
    const [bounced, delivered] = body.data.map(({ id }) => id);
    expect(await typesWhen(bounced ?? '', 'email.bounced')).toEqual(['email.queued', 'email.bounced']);
    expect(await typesWhen(delivered ?? '', 'email.delivered')).toEqual(['email.queued', 'email.delivered']);
    const { body: page } = await asked('GET', '/v1/emails?status=bounced&to=BOUNCED@one.example');
    expect(page.data.map(({ id }) => id)).toEqual([bounced]);
  });

  it('sends at once what was scheduled for later and is moved to now', async () => {
    const scheduled_at = new Date(Date.now() + 86_400_000).toISOString();
    const { body: accepted } = await asked('POST', '/v1/emails', {
      ...good,
      to: 'delivered@one.example',
      scheduled_at,
    });
    expect(await typesWhen(accepted.id, 'email.scheduled')).toEqual(['email.scheduled']);
    const moved = await asked('PATCH', `/v1/emails/${accepted.id}`, { scheduled_at: null });
    expect([moved.http, moved.body.scheduled_at < scheduled_at]).toEqual([200, true]);
    expect(await typesWhen(accepted.id, 'email.delivered')).toEqual([
      'email.scheduled',
      'email.queued',
      'email.delivered',
    ]);
  });

  it('puts a raw message on the way as the bytes that were given', async () => {
    const mime = [
      'Message-ID: <raw-1@sender.example>',
      'Date: Tue, 24 Nov 2026 09:00:00 +0000',
      'From: orders@sender.example',
      'Subject: raw canary',
      'Bcc: eve@secret.example',
      '',
      'Line one\nLine two',
    ].join('\r\n');
    const response = await fetch(
      `${postern.url}/v1/emails/raw?from=bounces@sender.example&to=delivered@one.example&to=eve@secret.example`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${postern.key}`, 'content-type': 'message/rfc822', prefer: 'wait=20' },
        body: mime,
      },
    );
    expect(await response.json()).toMatchObject({ status: 'delivered', message_id: '<raw-1@sender.example>' });
    const sandbox = path.join(temporary.directory, 'sandbox');
    const files = readdirSync(sandbox)
      .filter((file) => file.endsWith('.eml'))
      .map((file) => readFileSync(path.join(sandbox, file), 'utf8'));
    const received = files.filter((file) => file.includes('raw canary'));
    const expected = mime.replace('Bcc: eve@secret.example\r\n', '').replace('\nLine two', '\r\nLine two\r\n');
    expect(received).toHaveLength(2);
    for (const file of received) expect(file.endsWith(expected)).toBe(true);
  });
});
