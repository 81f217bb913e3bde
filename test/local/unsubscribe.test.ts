import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const publicUrl = 'https://mail.example/postern';

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let receiver: WebhookReceiver;
let postern: PosternProcess;

function start(settings: Record<string, string> = {}): Promise<PosternProcess> {
  return startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    ...settings,
  });
}

beforeEach(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink({ keep: true });
  receiver = await startWebhookReceiver();
  postern = await start({ POSTERN_PUBLIC_URL: publicUrl });
});

afterEach(async () => {
  await postern.stop('SIGKILL');
  await receiver.close();
  await sink.close();
  temporary.dispose();
});

const email = {
  from: 'news@sender.example',
  to: 'bob@one.example',
  subject: 'News',
  text: 'Leave: {{unsubscribe_url}}',
  list_unsubscribe: { one_click: true },
};

async function statusOfSent(): Promise<string> {
  const answer = await postern.request('POST', '/v1/emails', email, { prefer: 'wait=20' });
  return ((await answer.json()) as { status: string }).status;
}

/** Posts to a link as Gmail does, through whatever stands before Postern and takes off its part of the path. */
function click(link: string): Promise<Response> {
  return fetch(link.replace(publicUrl, postern.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });
}

it('Who clicks in a mail program gets no more mail, and an endpoint hears of it; a start without the address keeps links good', async () => {
  const added = await postern.request('POST', '/v1/webhooks', { url: receiver.url, events: ['suppression.added'] });
  const { secret } = (await added.json()) as { secret: string };
  expect(await statusOfSent()).toBe('relayed');

  const wire = (sink.messages[0]?.bytes ?? expect.fail('A mail came.')).toString('latin1');
  const [header = '', body = ''] = wire.replaceAll(/\r\n(?=[ \t])/g, '').split(/\r\n\r\n([^]*)/);
  const link = /^List-Unsubscribe: <([^>]+)>\r?$/m.exec(header)?.[1] ?? expect.fail(header);
  expect(header).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
  expect(body.replaceAll('=\r\n', '')).toContain(`Leave: ${link}`);

  const looked = await fetch(link.replace(publicUrl, postern.url));
  expect([looked.status, await statusOfSent()]).toEqual([200, 'relayed']);
  for (const answer of [await click(link), await click(link)]) expect(answer.status).toBe(200);

  const listed = await (await postern.request('GET', '/v1/suppressions')).json();
  expect(listed).toMatchObject({ data: [{ email: 'bob@one.example', reason: 'unsubscribe', expires_at: null }] });
  const [told, ...more] = await receiver.until(1);
  const event = new PublicVerifier(secret).verify(told?.body ?? '', (told?.headers ?? {}) as Record<string, string>);
  expect(event).toMatchObject({ type: 'suppression.added' });
  expect(more).toEqual([]);
  expect([await statusOfSent(), sink.accepted()]).toEqual(['suppressed', 2]);

  await postern.request('DELETE', '/v1/suppressions/bob@one.example');
  await postern.stop();
  postern = await start();
  expect((await postern.request('POST', '/v1/emails', email)).status).toBe(422);
  expect((await click(link)).status).toBe(200);
  expect((await postern.request('GET', '/v1/suppressions/bob@one.example')).status).toBe(200);
});
