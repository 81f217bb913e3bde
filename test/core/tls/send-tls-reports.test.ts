import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteTlsReports } from '../../../functions/adapters/tls-reports-sqlite.ts';
import type { SqliteStore } from '../../../functions/adapters/sqlite-store.ts';
import { limits } from '../../../functions/core/limits.ts';
import type { TlsReports } from '../../../functions/core/ports/tls-reports.ts';
import type { ReportEndpoint } from '../../../functions/core/tls/report-endpoint.ts';
import { sendTlsReports, type SendTlsReportsPorts } from '../../../functions/core/tls/send-tls-reports.ts';
import type { TlsCount } from '../../../functions/core/tls/tls-finding.ts';
import { reportEndpointsIn } from '../../../functions/dns/report-record.ts';
import { opened, temporaryDirectory } from '../../adapters/temporary-store.ts';

const subject = { domain: 'example.test', day: '2026-11-25' };
const midnight = Date.parse('2026-11-26T00:00:00Z');
const dueAt = midnight + limits.tlsReportDelayMs;
const hour = 3_600_000;
const good: TlsCount = {
  sessions: 3,
  finding: { policy: { type: 'no-policy-found', lines: [], mxHosts: [] }, failure: null },
};

let temporary: ReturnType<typeof temporaryDirectory>;
let store: SqliteStore;
let tlsReports: TlsReports;
let now: number;
let sent: string[];

beforeEach(() => {
  temporary = temporaryDirectory();
  reopen();
  now = dueAt;
  sent = [];
});

afterEach(() => {
  store.close();
  temporary.dispose();
});

function reopen(): void {
  store = opened(temporary.directory);
  tlsReports = createSqliteTlsReports(store);
}

function endpoints(rua: string): readonly ReportEndpoint[] {
  return reportEndpointsIn([`v=TLSRPTv1; rua=${rua}`]);
}

async function run(changes: Partial<SendTlsReportsPorts> = {}, signal = new AbortController().signal): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  await sendTlsReports(
    {
      tlsReports,
      clock: { now: () => now, sleep: async () => undefined },
      log,
      reporter: { organization: 'gateway.test', contact: 'tls@gateway.test', domain: 'gateway.test' },
      endpointsOf: async () => endpoints('mailto:a@example.test,https://example.test/tls'),
      deliver: taking,
      ...changes,
    },
    signal,
  );
}

const taking: SendTlsReportsPorts['deliver'] = async ({ domain, report }, { uri }) => {
  sent.push(`${domain} ${report['date-range']['start-datetime'].slice(0, 10)} ${uri}`);
  return { kind: 'delivered' };
};

function taken(uri: string): string {
  return `example.test 2026-11-25 ${uri}`;
}

const both = [taken('mailto:a@example.test'), taken('https://example.test/tls')];

describe('reports about TLS', () => {
  beforeEach(() => tlsReports.add(subject, [good], dueAt));

  it('go to every endpoint once, when the day is over and their time has come', async () => {
    now = dueAt - 1;
    await run();
    expect(sent).toEqual([]);
    now = dueAt;
    await run();
    await run();
    now += 9 * hour;
    await run();
    expect(sent).toEqual(both);
  });

  it('of the next day are reports of their own', async () => {
    await run();
    await tlsReports.add({ ...subject, day: '2026-11-26' }, [good], dueAt + 24 * hour);
    now += 24 * hour;
    await run();
    expect(sent.slice(2)).toEqual(both.map((line) => line.replace('11-25', '11-26')));
  });

  it('are sent after a restart between counting and sending', async () => {
    store.close();
    reopen();
    await run({
      deliver: async ({ report }) => {
        sent.push(JSON.stringify(report.policies[0]?.summary));
        return { kind: 'delivered' };
      },
    });
    expect(sent[0]).toBe('{"total-successful-session-count":3,"total-failure-session-count":0}');
  });

  it('are sent once by several workers at the same time', async () => {
    for (let index = 0; index < 30; index++)
      await tlsReports.add({ ...subject, domain: `d${index}.test` }, [good], dueAt);
    await Promise.all([run(), run(), run()]);
    expect([sent.length, new Set(sent).size]).toEqual([62, 62]);
  });

  it('are left alone while somebody has them, and taken over when that one is gone', async () => {
    const gone = new Error('killed');
    await run({ deliver: () => Promise.reject(gone) });
    now += limits.tlsReportLeaseMs - 1;
    await run();
    expect(sent).toEqual([]);
    now += 1;
    await run();
    expect(sent).toEqual(both);
  });

  it('go again only to the endpoints that have not taken them', async () => {
    await run({
      deliver: (file, endpoint, deadline) =>
        endpoint.kind === 'mailto'
          ? taking(file, endpoint, deadline)
          : Promise.resolve({ kind: 'failed', detail: 'X.' }),
    });
    expect(sent).toEqual(both.slice(0, 1));
    now += limits.tlsReportRetryMs - 1;
    await run();
    expect(sent).toHaveLength(1);
    now += 1;
    await run();
    expect(sent).toEqual(both);
  });

  it('are tried again for a day, and then no more', async () => {
    let tries = 0;
    const deliver: SendTlsReportsPorts['deliver'] = async () => {
      tries++;
      return { kind: 'failed', detail: 'X.' };
    };
    for (; now < midnight + 72 * hour; now += hour / 4) await run({ deliver });
    // Two endpoints, every hour from a quarter past midnight to the fourth hour of the next day.
    expect(tries).toBe(2 * 28);
  });

  it('wait while DNS does not say where they are wanted', async () => {
    await run({ endpointsOf: async () => null });
    now += limits.tlsReportRetryMs;
    await run();
    expect(sent).toEqual(both);
  });

  it('are dropped when the domain no longer wants them', async () => {
    await run({ endpointsOf: async () => [] });
    now += 2 * hour;
    await run();
    expect(sent).toEqual([]);
  });

  it('are not begun any more when the process is to stop', async () => {
    await run({}, AbortSignal.abort());
    expect(sent).toEqual([]);
  });

  it('do not keep one another from being sent', async () => {
    await tlsReports.add({ ...subject, domain: 'a.test' }, [good], dueAt - 1);
    await run({
      endpointsOf: (domain) =>
        domain === 'a.test' ? Promise.reject(new Error('broken')) : Promise.resolve(endpoints('mailto:a@example.test')),
    });
    expect(sent).toEqual(both.slice(0, 1));
  });

  it('are forgotten a week after their day, counts and all', async () => {
    now = midnight + limits.tlsReportKeptDays * 24 * hour - 1;
    await run();
    expect(await tlsReports.counts(subject)).toHaveLength(1);
    now += 24 * hour;
    await run();
    expect(await tlsReports.counts(subject)).toEqual([]);
  });
});
