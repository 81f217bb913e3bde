import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { ed25519Pem, keysFor, verdicts } from '../mime/signing.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';

type Found = { readonly id: string; readonly status: string; readonly about: string | null; readonly tags: string[] };

const dsn = { to: 'ops@sender.test', notify: ['failure', 'success'], envid: 'order-4711' };
const email = { from: 'Shop <shop@sender.test>', subject: 'Your order', text: 'Hello', dsn };

let temporary: ReturnType<typeof temporaryDirectory>;
let mx: ScriptedSmtpServer;
let dns: DnsServer;
let postern: PosternProcess;
/** What the mail server says to a RCPT. */
let onRcpt: (line: string) => string;
/** Whether it has refused somebody. */
let refused: PromiseWithResolvers<void>;

beforeEach(async () => {
  temporary = temporaryDirectory();
  refused = Promise.withResolvers();
  onRcpt = (line) => (/gone|ops-gone/.test(line) ? '550 5.1.1 No such user here' : '250 2.1.5 Ok');
  mx = await startScriptedServer(() => ({
    extensions: ['DSN', 'ENHANCEDSTATUSCODES'],
    rcpt: (peer) => {
      const answer = onRcpt(mx.commands.findLast((line) => line.startsWith('RCPT')) ?? '');
      peer.say(answer);
      if (answer.startsWith('550')) refused.resolve();
    },
  }));
  const here = { mx: [{ preference: 10, exchange: 'mx.sender.test' }] };
  dns = await startDnsServer({ 'sender.test': here, 'receiver.test': here, 'mx.sender.test': { a: ['127.0.0.1'] } });
  postern = await start();
});

afterEach(async () => {
  if (postern.child.exitCode === null) await postern.stop('SIGKILL');
  await Promise.all([mx.close(), dns.close()]);
  temporary.dispose();
});

async function start(): Promise<PosternProcess> {
  return await startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'mx',
    POSTERN_HOSTNAME: 'out.sender.test',
    POSTERN_RETURN_PATH_DOMAIN: 'bounces.sender.test',
    POSTERN_MX_PORT: String(mx.port),
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_RETRY_SCHEDULE: '50ms',
    POSTERN_SWEEP_INTERVAL: '50ms',
    POSTERN_DKIM_KEYS: JSON.stringify([{ domain: 'sender.test', selector: 'ed', key: ed25519Pem }]),
  });
}

async function send(changes: object): Promise<string> {
  const answer = await postern.request('POST', '/v1/emails', { ...email, ...changes });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as Found).id;
}

async function listed(): Promise<Found[]> {
  const answer = await postern.request('GET', '/v1/emails?tag=dsn');
  return ((await answer.json()) as { data: Found[] }).data;
}

/** The notifications, once there are so many and all have ended. */
async function ended(count: number): Promise<Found[]> {
  for (;;) {
    const found = await listed();
    if (found.length >= count && found.every(({ status }) => !/scheduled|queued|sending/.test(status))) return found;
    await sleep(20);
  }
}

describe('a refused recipient', () => {
  it('is reported to whom the sender has named, from no reverse path, signed, in a form that programs read', async () => {
    const id = await send({ to: ['gone@receiver.test', 'here@receiver.test'] });
    const found = await ended(2);
    expect(found.map(({ status, about, tags }) => [status, about, tags])).toEqual([
      ['delivered', id, ['dsn']],
      ['delivered', id, ['dsn']],
    ]);
    const told = mx.messages.filter(({ rcpt }) => rcpt.join().includes('ops@'));
    const envelopes = told.map(({ mail, rcpt }) => [mail, ...rcpt].join());
    expect(envelopes).toEqual(Array(2).fill('MAIL FROM:<>,RCPT TO:<ops@sender.test> NOTIFY=NEVER'));
    const read = await Promise.all(told.map(({ content }) => returnedMailOf(content)));
    expect(
      read
        .flatMap(({ recipients }) => recipients.map(({ address, action, status }) => `${address} ${action} ${status}`))
        .toSorted(),
    ).toEqual(['gone@receiver.test failed 5.1.1', 'here@receiver.test delivered 2.0.0']);
    const [first] = told;
    const text = first?.content.toString() ?? '';
    expect(text).toMatch(/^Reporting-MTA: dns; out\.sender\.test\r\nOriginal-Envelope-Id: order-4711\r\n/m);
    expect(text).toContain('Subject: Your order\r\n');
    expect(await verdicts(first?.content ?? Buffer.alloc(0), keysFor('sender.test'), new Date())).toEqual([
      'ed25519-sha256 pass',
    ]);
  }, 20_000);

  it('of a notification ends quietly on record, and none is sent about it (C34)', async () => {
    await send({ to: 'gone@receiver.test', dsn: { to: 'ops-gone@sender.test' } });
    expect((await ended(1)).map(({ status }) => status)).toEqual(['bounced']);
    // Longer than it takes to look for what is owed, and to send it.
    await sleep(2_500);
    expect((await listed()).map(({ status }) => status)).toEqual(['bounced']);
    expect(mx.commands.filter((line) => line === 'MAIL FROM:<>')).toHaveLength(1);
  }, 20_000);

  it('is reported once, though the process was killed as it learnt of the refusal', async () => {
    const id = await send({ to: 'gone@receiver.test' });
    await refused.promise;
    await postern.stop('SIGKILL');
    postern = await start();
    expect((await ended(1)).map(({ status, about }) => [status, about])).toEqual([['delivered', id]]);
    await postern.stop('SIGKILL');
    postern = await start();
    await sleep(1_500);
    expect(mx.messages.filter(({ mail }) => mail === 'MAIL FROM:<>')).toHaveLength(1);
  }, 30_000);
});

it('A raw message, and each email of a batch, asks for notifications in the same words', async () => {
  const mime = 'From: Shop <shop@sender.test>\r\nTo: gone@receiver.test\r\nSubject: Raw\r\n\r\nHi.\r\n';
  const envelope = { from: 'bounces@sender.test', to: 'gone@receiver.test' };
  const json = await postern.request('POST', '/v1/emails/raw', { mime, envelope, dsn: { to: 'one@sender.test' } });
  expect(json.status).toBe(202);
  const query = 'from=bounces@sender.test&to=gone@receiver.test&dsn_to=two@sender.test&dsn_ret=full&dsn_envid=x';
  const raw = await fetch(`${postern.url}/v1/emails/raw?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${postern.key}`, 'content-type': 'message/rfc822' },
    body: mime,
  });
  expect(raw.status).toBe(202);
  const emails = [{ ...email, to: 'gone@receiver.test', dsn: { to: 'three@sender.test' } }];
  expect((await postern.request('POST', '/v1/emails/batch', { emails })).status).toBe(202);
  await ended(3);
  const told = mx.messages.map(({ rcpt, content }) => `${rcpt[0]?.split(' ')[1]} ${content.includes('Hi.\r\n')}`);
  expect(told.toSorted()).toEqual([
    'TO:<one@sender.test> false',
    'TO:<three@sender.test> false',
    'TO:<two@sender.test> true',
  ]);
}, 20_000);
