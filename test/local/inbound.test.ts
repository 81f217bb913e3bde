import { afterEach, beforeEach, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { complaintReport, deliveryReport } from '../support/returned-mail.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let receiver: WebhookReceiver;
let postern: PosternProcess;

beforeEach(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink({ keep: true });
  receiver = await startWebhookReceiver();
  postern = await startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_RETURN_PATH_DOMAIN: 'back.example',
  });
});

afterEach(async () => {
  await postern.stop('SIGKILL');
  await receiver.close();
  await sink.close();
  temporary.dispose();
});

async function inbound(mail: string): Promise<unknown> {
  const { url, key } = postern;
  const answer = await fetch(`${url}/v1/inbound`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' },
    body: mail,
  });
  return await answer.json();
}

async function sent(to: readonly string[]): Promise<string> {
  const email = { from: 'a@sender.example', to, subject: 'Hello', text: 'Hello' };
  const answer = await postern.request('POST', '/v1/emails', email, { prefer: 'wait=20' });
  return ((await answer.json()) as { id: string }).id;
}

const json = async (path: string): Promise<unknown> => (await postern.request('GET', path)).json();

it('A mail that bounces after it was relayed is found out by its return path, and so is who complains', async () => {
  await postern.request('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['email.bounced', 'email.complained', 'suppression.added'],
  });
  const id = await sent(['bob@one.example', 'ada@two.example', 'eve@two.example']);
  const pathTo = (address: string): string =>
    sink.messages.find(({ to }) => to.includes(address))?.from ?? expect.fail(`Nothing was sent to ${address}.`);
  expect(pathTo('bob@one.example')).toMatch(/^bounce\+[0-9a-z]{57}@back\.example$/);
  expect(pathTo('ada@two.example')).not.toBe(pathTo('bob@one.example'));

  const stranger = deliveryReport(pathTo('bob@one.example'), [{ address: 'ada@two.example' }]);
  expect(await inbound(stranger)).toMatchObject({ token: 'valid' });
  expect(await json(`/v1/emails/${id}`)).toMatchObject({ status: 'relayed' });

  const bounce = deliveryReport(pathTo('bob@one.example'), [{ address: 'bob@one.example' }]);
  expect(await inbound(bounce)).toMatchObject({ kind: 'dsn', token: 'valid' });
  expect(await inbound(complaintReport(pathTo('eve@two.example'), 'eve@two.example'))).toMatchObject({ kind: 'arf' });

  expect(await json(`/v1/emails/${id}`)).toMatchObject({
    status: 'partially_delivered',
    recipients: [
      {
        email: 'bob@one.example',
        status: 'bounced',
        bounce: { source: 'dsn', enhanced_code: '5.1.1', smtp_code: 550 },
      },
      { email: 'ada@two.example', status: 'relayed', bounce: null },
      { email: 'eve@two.example', status: 'relayed', bounce: null },
    ],
  });
  const events = (await json(`/v1/emails/${id}/events`)) as { data: { type: string; recipient: string }[] };
  const typesFor = (address: string) =>
    events.data.filter(({ recipient }) => recipient === address).map((one) => one.type);
  expect(typesFor('bob@one.example')).toEqual(['email.queued', 'email.relayed', 'email.bounced']);
  expect(typesFor('eve@two.example')).toEqual(['email.queued', 'email.relayed', 'email.complained']);
  expect(await json('/v1/suppressions')).toMatchObject({
    data: [
      { email: 'bob@one.example', reason: 'bounce' },
      { email: 'eve@two.example', reason: 'complaint' },
    ],
  });
  const told = (await receiver.until(4)).map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(told.toSorted()).toEqual(['email.bounced', 'email.complained', 'suppression.added', 'suppression.added']);
});
