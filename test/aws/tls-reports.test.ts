import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createDynamodbTlsReports } from '../../functions/adapters/tls-reports-dynamodb.ts';
import type { TlsReports } from '../../functions/core/ports/tls-reports.ts';
import type { TlsFinding } from '../../functions/core/tls/tls-finding.ts';
import { utcDayOf } from '../../functions/core/tls/utc-day.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { keysFor, rsaPem, verdicts } from '../mime/signing.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';

const inFull = { getRemainingTimeInMillis: () => 900_000 };
const finding: TlsFinding = { policy: { type: 'no-policy-found', lines: [], mxHosts: [] }, failure: null };

let region: AwsRegion;
let sink: MailSink;
let dns: DnsServer;
let aws: AwsDeployment;
let tlsReports: TlsReports;

beforeAll(async () => {
  region = await startAwsRegion();
  await Promise.all([bundled('submit'), bundled('deliver'), bundled('sweep')]);
}, 60_000);
afterAll(() => region.stop());

beforeEach(async () => {
  sink = await startMailSink({ keep: true });
  dns = await startDnsServer({
    'example.test': { mx: [{ preference: 10, exchange: 'mx.example.test' }] },
    'quiet.test': { mx: [{ preference: 10, exchange: 'mx.example.test' }] },
    'mx.example.test': { a: ['127.0.0.1'] },
    '_smtp._tls.example.test': { txt: ['v=TLSRPTv1; rua=mailto:reports@example.test'] },
  });
  aws = await deployToAws(region, {
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(sink.port),
    POSTERN_HOSTNAME: 'out.gateway.test',
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_UNVERIFIED_SENDERS: 'allow',
    POSTERN_DKIM_KEYS: JSON.stringify([{ domain: 'gateway.test', selector: 'rsa', key: rsaPem }]),
    POSTERN_TLS_REPORT_FROM: 'tls@gateway.test',
  });
  const table = { client: region.clients.dynamodb, name: aws.names.table, clock: systemClock };
  tlsReports = createDynamodbTlsReports(table, systemRandom);
});
afterEach(async () => {
  await Promise.all([sink.close(), dns.close()]);
});

async function send(to: string): Promise<void> {
  const body = { from: 'shop@one.example', to, subject: 'Hello', text: 'Hello.' };
  expect((await aws.request('POST', '/v1/emails', { body })).statusCode).toBe(202);
}

it('The deliver function counts a batch in one write for a domain that wants reports, and in none for another', async () => {
  for (let index = 0; index < 10; index++) await send(`p${index}@${index % 2 === 0 ? 'example' : 'quiet'}.test`);
  const day = utcDayOf(systemClock.now());
  expect(await aws.poll()).toEqual({ received: 10, unfinished: 0 });
  const counts = await tlsReports.counts({ domain: 'example.test', day });
  expect(counts.map(({ finding: { failure } }) => failure?.code)).toEqual(['starttls-not-supported']);
  expect(counts[0]?.sessions).toBeGreaterThan(0);
  expect(await tlsReports.counts({ domain: 'quiet.test', day })).toEqual([]);
});

it('The sweep function sends the report on a finished day, once, as signed mail', async () => {
  const subject = { domain: 'example.test', day: utcDayOf(systemClock.now() - 86_400_000) };
  await tlsReports.add(subject, [{ finding, sessions: 7 }], systemClock.now() - 1);
  await aws.sweep({}, inFull);
  await aws.sweep({}, inFull);
  expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
  const [mail] = sink.messages;
  expect([mail?.from, mail?.to]).toEqual(['tls@gateway.test', ['reports@example.test']]);
  const message = mail?.bytes ?? Buffer.alloc(0);
  expect(await verdicts(message, keysFor('gateway.test'))).toEqual(['rsa-sha256 pass']);
  const attached = /application\/tlsrpt\+gzip[^]*?\r\n\r\n([^-]+)/.exec(message.toString('latin1'))?.[1] ?? '';
  const report = JSON.parse(gunzipSync(Buffer.from(attached, 'base64')).toString()) as {
    policies: { summary: object }[];
  };
  expect(report.policies[0]?.summary).toEqual({
    'total-successful-session-count': 7,
    'total-failure-session-count': 0,
  });
  // Nor does the session of the report count.
  expect(await tlsReports.counts({ domain: 'example.test', day: utcDayOf(systemClock.now()) })).toEqual([]);
});
