import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createSqliteTlsReports } from '../../functions/adapters/tls-reports-sqlite.ts';
import type { TlsReports } from '../../functions/core/ports/tls-reports.ts';
import { utcDayOf } from '../../functions/core/tls/utc-day.ts';
import { opened, temporaryDirectory } from '../adapters/temporary-store.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { type ReportServer, startReportServer } from '../support/report-server.ts';

const domain = 'example.test';
const authority = makeCertificate({ subject: 'authority', ca: true });
const web = makeCertificate({ subject: 'web', issuer: authority, names: [`web.${domain}`] });

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let reports: ReportServer;
let dns: DnsServer;
let postern: PosternProcess | null = null;

beforeEach(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink();
  reports = await startReportServer(web);
  dns = await startDnsServer({
    [domain]: { a: ['127.0.0.1'] },
    [`web.${domain}`]: { a: ['127.0.0.1'] },
    [`_smtp._tls.${domain}`]: { txt: [`v=TLSRPTv1; rua=https://web.${domain}:${reports.port}/`] },
  });
});

afterEach(async () => {
  if (postern?.child.exitCode === null) await postern.stop('SIGKILL');
  await Promise.all([sink.close(), reports.close(), dns.close()]);
  temporary.dispose();
});

async function inStore<Result>(work: (tlsReports: TlsReports) => Promise<Result>): Promise<Result> {
  const store = opened(temporary.directory);
  try {
    return await work(createSqliteTlsReports(store));
  } finally {
    store.close();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 200) throw new Error(`It did not come to that:\n${postern?.output()}`);
    await sleep(50);
  }
}

it('The single process reports on a day that was over before it started, and counts what it has sent when it stops', async () => {
  const finding = { policy: { type: 'no-policy-found' as const, lines: [], mxHosts: [] }, failure: null };
  const today = utcDayOf(Date.now());
  const yesterday = utcDayOf(Date.now() - 86_400_000);
  await inStore((tlsReports) => tlsReports.add({ domain, day: yesterday }, [{ finding, sessions: 1 }], Date.now() - 1));
  const caFile = path.join(temporary.directory, 'ca.pem');
  writeFileSync(caFile, authority.pem);
  postern = await startPostern(temporary.directory, {
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(sink.port),
    POSTERN_HOSTNAME: 'out.gateway.test',
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_TLS_CA_FILE: caFile,
    POSTERN_TLS_REPORT_FROM: 'tls@gateway.test',
  });
  const email = { from: 'shop@one.example', to: `somebody@${domain}`, subject: 'Hello', text: 'Hello.' };
  expect((await postern.request('POST', '/v1/emails', email)).status).toBe(202);
  await until(() => reports.posted.length === 1 && sink.accepted() === 1);
  expect(await postern.stop()).toBe(0);
  // Midnight may have come meanwhile.
  const counted = await inStore(async (tlsReports) => [
    ...(await tlsReports.counts({ domain, day: today })),
    ...(today === utcDayOf(Date.now()) ? [] : await tlsReports.counts({ domain, day: utcDayOf(Date.now()) })),
  ]);
  expect(counted.map(({ finding: { failure }, sessions }) => [failure?.code, sessions])).toEqual([
    ['starttls-not-supported', 1],
  ]);
  expect(reports.posted).toHaveLength(1);
});
