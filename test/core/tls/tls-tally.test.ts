import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { limits } from '../../../functions/core/limits.ts';
import type { Log } from '../../../functions/core/ports/log.ts';
import type { TlsReports } from '../../../functions/core/ports/tls-reports.ts';
import type { TlsResult } from '../../../functions/core/ports/tls-results.ts';
import { plainPolicy } from '../../../functions/core/tls/tls-policy.ts';
import { createTlsTally, type TlsTallyPorts } from '../../../functions/core/tls/tls-tally.ts';

const midnight = Date.parse('2026-11-26T00:00:00Z');

function result(domain: string, detail: string | null = null): TlsResult {
  const failure = detail === null ? null : { code: 'validation-failure' as const, detail };
  const policy = plainPolicy(domain, 'opportunistic', { kind: 'none' });
  return { policy, host: 'mx.test', ip: '192.0.2.1', localIp: null, failure };
}

function tallyOf(changes: Partial<TlsTallyPorts> = {}) {
  const added: Parameters<TlsReports['add']>[] = [];
  const logged: string[] = [];
  const note = (event: string): void => void logged.push(event);
  const log: Log = { info: note, warn: note, error: note };
  let now = midnight - 60_000;
  const tally = createTlsTally({
    tlsReports: {
      add: async (...call) => {
        added.push(call);
        return 'roomy';
      },
    },
    clock: { now: () => now, sleep: async () => undefined },
    random: systemRandom,
    log,
    isWanted: async () => true,
    isTold: () => true,
    ...changes,
  });
  return { tally, added, logged, advance: (ms: number) => void (now += ms) };
}

function sums(added: readonly Parameters<TlsReports['add']>[]): string[] {
  return added
    .map(([{ domain, day }, counts]) => `${day} ${domain} ${counts.map(({ sessions }) => sessions).join('+')}`)
    .toSorted();
}

describe('the tally of TLS', () => {
  it('hands on one sum for each finding of a domain, in one write for each domain and day', async () => {
    const { tally, added, advance } = tallyOf();
    for (let times = 0; times < 5; times++) tally.note(result('a.test'));
    tally.note(result('a.test', 'X.'));
    tally.note(result('b.test'));
    advance(60_000);
    tally.note(result('a.test'));
    await tally.flush(0);
    expect(sums(added)).toEqual(['2026-11-25 a.test 5+1', '2026-11-25 b.test 1', '2026-11-26 a.test 1']);
    await tally.flush(0);
    expect(added).toHaveLength(3);
  });

  it('makes the report of a day due after it, some time later than others', async () => {
    const { tally, added } = tallyOf();
    for (let index = 0; index < 50; index++) tally.note(result(`d${index}.test`));
    await tally.flush(0);
    const delays = added.map(([, , dueAt]) => dueAt - midnight);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(limits.tlsReportDelayMs);
    expect(Math.max(...delays)).toBeLessThan(limits.tlsReportDelayMs + limits.tlsReportSpreadMs);
    expect(new Set(delays).size).toBeGreaterThan(40);
  });

  it('writes nothing for a domain that wants no reports', async () => {
    const { tally, added } = tallyOf({ isWanted: async (domain) => domain !== 'quiet.test' });
    tally.note(result('quiet.test'));
    tally.note(result('a.test'));
    await tally.flush(0);
    expect(sums(added)).toEqual(['2026-11-25 a.test 1']);
  });

  it('keeps its counts when it was flushed a short time ago', async () => {
    const { tally, added, advance } = tallyOf();
    tally.note(result('a.test'));
    await tally.flush(10_000);
    tally.note(result('a.test'));
    advance(9_999);
    await tally.flush(10_000);
    expect(added).toHaveLength(1);
    advance(1);
    await tally.flush(10_000);
    expect(added).toHaveLength(2);
  });

  it('counts every failure, but tells only so many apart', async () => {
    const { tally, added } = tallyOf();
    for (let index = 0; index < 200; index++) tally.note(result('a.test', `Reason ${index}.`));
    await tally.flush(0);
    const counts = added[0]?.[1] ?? [];
    expect(counts).toHaveLength(limits.tlsFindingsHeld + 1);
    expect(counts.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(200);
    expect(counts.at(-1)?.finding.failure).toMatchObject({ code: 'validation-failure', reason: null });
  });

  it('sends no more details of a day to a store that has enough of them', async () => {
    const seen: string[] = [];
    const { tally, advance } = tallyOf({
      tlsReports: {
        add: async ({ day }, counts) => {
          seen.push(`${day} ${counts.map(({ finding }) => finding.failure?.reason).join()}`);
          return 'crowded';
        },
      },
    });
    for (const reason of ['One.', 'Two.', 'Three.']) {
      tally.note(result('a.test', reason));
      await tally.flush(0);
      if (reason === 'Two.') advance(60_000);
    }
    expect(seen).toEqual(['2026-11-25 One.', '2026-11-25 ', '2026-11-26 Three.']);
  });

  it('holds only so many domains', async () => {
    const { tally, logged } = tallyOf();
    for (let index = 0; index <= limits.tlsDomainsHeld; index++) tally.note(result(`d${index}.test`));
    expect(logged).toEqual(['tls_result_not_counted']);
  });

  it('loses what the store does not take, and says so', async () => {
    const { tally, added, logged } = tallyOf({ tlsReports: { add: () => Promise.reject(new Error('full')) } });
    tally.note(result('a.test'));
    await tally.flush(0);
    await tally.flush(0);
    expect([added, logged]).toEqual([[], ['tls_results_lost']]);
  });
});
