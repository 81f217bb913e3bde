import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { classify } from '../../functions/bounce/classify.ts';
import { readConfig } from '../../functions/config.ts';
import { accept } from '../../functions/core/accept.ts';
import { deliver } from '../../functions/core/deliver.ts';
import { defaultProjectId } from '../../functions/core/keys/project-name.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Email } from '../../functions/core/email.ts';
import { spanOf, utcDayOf } from '../../functions/core/tls/utc-day.ts';
import { createComposer } from '../../functions/mime/compose.ts';
import { createSigningKeys } from '../../functions/mime/domain-signing-keys.ts';
import { createOutbound } from '../../functions/mime/outbound.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { wireOperatorKeys } from '../../functions/wiring/operator-keys.ts';
import { wireUncachedResolver } from '../../functions/wiring/resolver.ts';
import { wireTlsReports } from '../../functions/wiring/tls-reports.ts';
import { type WiredTransport, wireTransport } from '../../functions/wiring/transport.ts';
import { adjustableClock, temporaryDirectory } from '../adapters/temporary-store.ts';
import { draftWith } from '../mime/drafts.ts';
import { ed25519Pem, keysFor, rsaPem, verdicts } from '../mime/signing.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { type DnsNode, type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { type ReportServer, startReportServer } from '../support/report-server.ts';
import { type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';
import { mailbox } from '../support/smtp-order.ts';
import { openParts } from '../support/embedded-parts.ts';

const domain = 'example.test';
const authority = makeCertificate({ subject: 'authority', ca: true });
const web = makeCertificate({ subject: 'web', issuer: authority, names: ['web.example.test'] });
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const hour = 3_600_000;
const dkimKeys = JSON.stringify([
  { domain: 'gateway.test', selector: 'ed', key: ed25519Pem },
  { domain: 'gateway.test', selector: 'rsa', key: rsaPem },
]);

let temporary: ReturnType<typeof temporaryDirectory>;
let clock: ReturnType<typeof adjustableClock>;
let mx: ScriptedSmtpServer;
let reports: ReportServer;
let dns: DnsServer;
let parts: EmbeddedParts;
const wired: WiredTransport[] = [];

beforeEach(async () => {
  temporary = temporaryDirectory();
  clock = adjustableClock();
  // The middle of a day: nothing here crosses midnight by itself.
  clock.advance(spanOf(utcDayOf(clock.now())).begin + 12 * hour - clock.now());
  mx = await startScriptedServer(() => ({ extensions: ['PIPELINING'] }));
  reports = await startReportServer(web);
  const rua = `mailto:reports@${domain},https://web.${domain}:${reports.port}/tls`;
  const local: DnsNode = { a: ['127.0.0.1'] };
  dns = await startDnsServer({
    [domain]: { mx: [{ preference: 10, exchange: `mx.${domain}` }] },
    [`mx.${domain}`]: local,
    [`web.${domain}`]: local,
    [`_mta-sts.${domain}`]: { txt: ['v=STSv1; id=1;'] },
    [`_smtp._tls.${domain}`]: { txt: [`v=TLSRPTv1; rua=${rua}`] },
  });
  writeFileSync(path.join(temporary.directory, 'ca.pem'), authority.pem);
  open();
});

afterEach(async () => {
  for (const one of wired.splice(0)) await one.close();
  parts.close();
  await Promise.all([mx.close(), reports.close(), dns.close()]);
  temporary.dispose();
});

function open(): void {
  parts = openParts(temporary.directory, clock);
}

/** One worker on the store, as the process wires it. */
function worker(changes: Record<string, string> = {}, stores: EmbeddedParts = parts) {
  const config = readConfig({
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(mx.port),
    POSTERN_HOSTNAME: 'out.gateway.test',
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_TLS_CA_FILE: path.join(temporary.directory, 'ca.pem'),
    POSTERN_DKIM_KEYS: dkimKeys,
    POSTERN_TLS_REPORT_FROM: 'tls@gateway.test',
    ...changes,
  });
  const ambient = { clock, random: systemRandom, log: silent };
  const operatorKeys = wireOperatorKeys(config);
  const transport = wireTransport(config, parts, { ...ambient, ...parts });
  wired.push(transport);
  const ports = {
    ...ambient,
    ...parts,
    ...transport,
    classify,
    returnPaths: null,
    prepareOutbound: createOutbound({ signingKeys: createSigningKeys({ ...parts, operatorKeys }) }),
    retryScheduleMs: config.retryScheduleMs,
    attemptMs: 10_000,
  };
  const acceptPorts = {
    ...ambient,
    ...parts,
    composer: createComposer(systemRandom),
    maxAgeMs: hour,
    unsubscribeUrl: null,
  };
  const settings = { resolver: wireUncachedResolver(config, ambient), operatorKeys };
  const send = wireTlsReports(config, stores, settings, ambient);
  return {
    flush: () => transport.flushTlsResults(0),
    report: () => send(new AbortController().signal),
    /** Takes an email for somebody of the domain. */
    async submit(): Promise<void> {
      const sendable = draftWith({ to: [{ name: null, mailbox: mailbox(`somebody@${domain}`) }] });
      const submission = { sendable, suppressed: new Map(), keep: null };
      const accepted = await accept([submission], { projectId: defaultProjectId, keep: null }, acceptPorts);
      expect(accepted.kind).toBe('accepted');
    },
    /** Works on all that is on the queue; answers with the states it came to. */
    async work(): Promise<string[]> {
      const states: string[] = [];
      for (const received of await parts.queue.receive(100, 0)) {
        if (received.kind !== 'job') throw new Error(received.why);
        await deliver(received.job, ports, new AbortController().signal);
        await parts.queue.remove([received.receipt]);
        const found = await parts.ledger.find(defaultProjectId, received.job.emailId);
        for (const { recipients } of found?.deliveries ?? []) {
          states.push(
            ...recipients.map(({ status, attempts }) => `${status} ${attempts.at(-1)?.error?.code ?? 'well'}`),
          );
        }
      }
      return states;
    },
  };
}

async function keepPolicy(mode: 'enforce' | 'testing'): Promise<void> {
  const now = clock.now();
  await parts.stsPolicies.keep({
    domain,
    id: '1',
    policy: { mode, mx: [`*.${domain}`], maxAgeSeconds: 604_800 },
    fetchedAt: now,
    checkedAt: now,
    expiresAt: now + 7 * 24 * hour,
  });
}

function nextDay(): void {
  clock.advance(17 * hour);
}

function reportIn(body: Buffer): Record<string, unknown> {
  return JSON.parse(gunzipSync(body).toString()) as Record<string, unknown>;
}

describe('a day of failures under an enforced policy', () => {
  it('ends in one signed mail, which is delivered in spite of them, and one post, and in nothing more (C47)', async () => {
    await keepPolicy('enforce');
    const day = utcDayOf(clock.now());
    const gateway = worker();
    for (let times = 0; times < 3; times++) await gateway.submit();
    expect(await gateway.work()).toEqual(Array(3).fill('open starttls-not-supported'));
    await gateway.flush();
    await gateway.report();
    expect([mx.messages.length, reports.posted.length]).toEqual([0, 0]);

    nextDay();
    await gateway.report();
    expect(await gateway.work()).toEqual(['delivered well']);
    const [mail] = mx.messages;
    expect([mail?.mail, mail?.rcpt]).toEqual(['MAIL FROM:<tls@gateway.test>', [`RCPT TO:<reports@${domain}>`]]);
    const message = mail?.content ?? Buffer.alloc(0);
    expect((await verdicts(message, keysFor('gateway.test'), new Date(clock.now()))).toSorted()).toEqual([
      'ed25519-sha256 pass',
      'rsa-sha256 pass',
    ]);
    const attached = /application\/tlsrpt\+gzip[^]*?\r\n\r\n([^-]+)/.exec(message.toString('latin1'))?.[1] ?? '';
    const report = reportIn(Buffer.from(attached, 'base64'));
    expect(report).toEqual({
      'organization-name': 'gateway.test',
      'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
      'contact-info': 'tls@gateway.test',
      'report-id': `${day}.${domain}@gateway.test`,
      policies: [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': ['version: STSv1', 'mode: enforce', `mx: *.${domain}`, 'max_age: 604800'],
            'policy-domain': domain,
            'mx-host': [`*.${domain}`],
          },
          summary: { 'total-successful-session-count': 0, 'total-failure-session-count': 3 },
          'failure-details': [
            {
              'result-type': 'starttls-not-supported',
              'receiving-mx-hostname': `mx.${domain}`,
              'receiving-ip': '127.0.0.1',
              'failed-session-count': 3,
              'failure-reason-code': expect.stringContaining('STARTTLS') as string,
            },
          ],
        },
      ],
    });
    expect(reports.posted.map(({ url }) => url)).toEqual([`POST web.${domain}:${reports.port}/tls`]);
    expect(reportIn(reports.posted[0]?.body ?? Buffer.alloc(0))).toEqual(report);

    // The session of the report itself is in no report (RFC 8460 §3), and there is nothing else to tell.
    await gateway.flush();
    nextDay();
    clock.advance(24 * hour);
    await gateway.report();
    expect([await gateway.work(), reports.posted.length]).toEqual([[], 1]);
  });

  it('is reported once by two workers, one of which was started after it', async () => {
    await keepPolicy('testing');
    const first = worker();
    await first.submit();
    expect(await first.work()).toEqual(['delivered starttls-not-supported']);
    for (const one of wired.splice(0)) await one.close();
    parts.close();
    open();
    nextDay();
    const [second, third] = [worker(), worker()];
    await Promise.all([second.report(), third.report()]);
    await Promise.all([second.report(), third.report()]);
    expect([await second.work(), reports.posted.length]).toEqual([['delivered well'], 1]);
  });
});

describe('no report', () => {
  async function reported(changes: Record<string, string>): Promise<[string[], number]> {
    const gateway = worker();
    await gateway.submit();
    await gateway.work();
    await gateway.flush();
    nextDay();
    const other = worker(changes);
    await other.report();
    return [await other.work(), reports.posted.length];
  }

  it('is sent where nobody is named as its sender, nor is anything counted', async () => {
    const gateway = worker({ POSTERN_TLS_REPORT_FROM: '' });
    await gateway.submit();
    await gateway.work();
    await gateway.flush();
    nextDay();
    expect(await parts.tlsReports.due(clock.now(), 10)).toEqual([]);
    expect(await reported({ POSTERN_TLS_REPORT_FROM: '' })).toEqual([[], 0]);
  });

  it('leaves the sandbox', async () => {
    expect(await reported({ POSTERN_ROUTE: 'sandbox', POSTERN_MX_PORT: '' })).toEqual([[], 0]);
  });

  it('is mailed without a signature', async () => {
    expect(await reported({ POSTERN_DKIM_KEYS: '' })).toEqual([[], 1]);
  });

  it('is mailed twice when a worker dies before it could say that it was', async () => {
    const gateway = worker();
    await gateway.submit();
    await gateway.work();
    await gateway.flush();
    nextDay();
    let saves = 0;
    const save: EmbeddedParts['tlsReports']['save'] = async (state) => {
      if (saves++ > 0) throw new Error('killed');
      return await parts.tlsReports.save(state);
    };
    await worker({}, { ...parts, tlsReports: { ...parts.tlsReports, save } }).report();
    expect([saves, reports.posted.length]).toEqual([2, 0]);
    clock.advance(limits.tlsReportLeaseMs);
    await gateway.report();
    expect([await gateway.work(), reports.posted.length]).toEqual([['delivered well'], 1]);
  });

  it('goes to a suppressed address', async () => {
    const now = clock.now();
    const address = `reports@${domain}`;
    const entry = { projectId: defaultProjectId, address, canonical: address, reason: 'manual' as const, note: null };
    await parts.suppressions.add([{ ...entry, createdAt: now, expiresAt: null }], now);
    expect(await reported({})).toEqual([[], 1]);
    expect(mx.messages.filter(({ rcpt }) => rcpt.join().includes('reports@'))).toEqual([]);
  });
});

it('An email that a report is in is known by its tag, and would rather arrive than keep to policies about TLS', async () => {
  await keepPolicy('testing');
  const gateway = worker();
  await gateway.submit();
  await gateway.work();
  await gateway.flush();
  nextDay();
  await gateway.report();
  const [received] = await parts.queue.receive(1, 0);
  const email: Email | undefined =
    received?.kind === 'job' ? (await parts.ledger.find(defaultProjectId, received.job.emailId))?.email : undefined;
  expect([email?.tags, email?.tls, email?.fromDomain]).toEqual([['tls-report'], 'relaxed', 'gateway.test']);
});
