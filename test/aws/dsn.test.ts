import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createDynamodbFullMailboxes } from '../../functions/adapters/full-mailboxes-dynamodb.ts';
import { defaultProjectId } from '../../functions/core/keys/project-name.ts';
import { utcDayOf } from '../../functions/core/tls/utc-day.ts';
import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { type AwsDeployment, deployToAws } from '../support/aws-deployment.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';

type Found = { readonly id: string; readonly status: string; readonly about: string | null };

const inFull = { getRemainingTimeInMillis: () => 900_000 };

let region: AwsRegion;
let mx: ScriptedSmtpServer;
let dns: DnsServer;
let aws: AwsDeployment;

function onRcpt(line: string): string {
  if (line.includes('full')) return '550 5.2.2 Over quota';
  return line.includes('gone') ? '550 5.1.1 No such user' : '250 Ok';
}

beforeAll(async () => {
  region = await startAwsRegion();
  mx = await startScriptedServer(() => ({
    rcpt: (peer) => peer.say(onRcpt(mx.commands.at(-1) ?? '')),
  }));
  dns = await startDnsServer({
    'one.example': { mx: [{ preference: 10, exchange: 'mx.one.example' }] },
    'mx.one.example': { a: ['127.0.0.1'] },
  });
  aws = await deployToAws(region, {
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(mx.port),
    POSTERN_HOSTNAME: 'out.gateway.test',
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_UNVERIFIED_SENDERS: 'allow',
  });
}, 60_000);

afterAll(async () => {
  await Promise.all([mx.close(), dns.close()]);
  await region.stop();
});

it('The functions tell a sender by mail of who was refused, once, and cost nothing where nobody asks', async () => {
  const email = { from: 'a@one.example', to: 'gone@one.example', subject: 'Hello', text: 'The body.' };
  await aws.request('POST', '/v1/emails', { body: { ...email, to: 'gone-before@one.example' } });
  await aws.poll();
  expect(await aws.notify()).toEqual({ received: 0, unfinished: 0 });

  const dsn = { to: 'ops@one.example', ret: 'full' };
  const sent = await aws.request('POST', '/v1/emails', { body: { ...email, dsn } });
  const { id } = JSON.parse(sent.body) as Found;
  expect(await aws.notify()).toEqual({ received: 0, unfinished: 0 });
  await aws.poll();
  expect(await aws.notify()).toEqual({ received: 1, unfinished: 0 });
  expect(mx.messages).toEqual([]);
  expect(await aws.sweep({}, inFull)).toEqual({ moved: 1 });
  expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });

  const [message, ...others] = mx.messages;
  expect([message?.mail, message?.rcpt, others]).toEqual(['MAIL FROM:<>', ['RCPT TO:<ops@one.example>'], []]);
  const content = message?.content ?? Buffer.alloc(0);
  expect((await returnedMailOf(content)).recipients).toMatchObject([{ address: 'gone@one.example', status: '5.1.1' }]);
  expect(content.includes('The body.')).toBe(true);
  const listed = await aws.request('GET', '/v1/emails?tag=dsn');
  expect((JSON.parse(listed.body) as { data: Found[] }).data).toMatchObject([{ status: 'delivered', about: id }]);
}, 60_000);

it('The functions remember whose mailbox was full', async () => {
  const body = { from: 'a@one.example', to: 'full@one.example', subject: 'Hello', text: 'Hello' };
  await aws.request('POST', '/v1/emails', { body });
  await aws.poll();
  const table = { client: region.clients.dynamodb, name: aws.names.table, clock: systemClock };
  const now = systemClock.now();
  const tomorrow = utcDayOf(now + 86_400_000);
  const noted = createDynamodbFullMailboxes(table).note(
    defaultProjectId,
    'full@one.example',
    tomorrow,
    utcDayOf(now - 86_400_000),
  );
  expect(await noted).toBe(2);
}, 60_000);
