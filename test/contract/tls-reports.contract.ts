import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { TlsReports } from '../../functions/core/ports/tls-reports.ts';
import type { TlsCount } from '../../functions/core/tls/tls-finding.ts';

export type TlsReportsUnderTest = {
  readonly tlsReports: TlsReports;
  /** The same as another worker sees them. */
  readonly reopened: () => TlsReports;
  readonly dispose: () => Promise<void>;
};

const subject = { domain: 'example.test', day: '2026-11-25' };
const dueAt = Date.parse('2026-11-26T01:00:00Z');

function countOf(sessions: number, reason: string | null = null): TlsCount {
  const failure =
    reason === null
      ? null
      : { code: 'certificate-expired' as const, host: 'mx.test', ip: '192.0.2.1', localIp: null, reason };
  const lines = ['version: STSv1', 'mode: enforce', 'mx: *.example.test', 'max_age: 86400'];
  return { sessions, finding: { policy: { type: 'sts', lines, mxHosts: ['*.example.test'] }, failure } };
}

function sorted(counts: readonly TlsCount[]): readonly TlsCount[] {
  return counts.toSorted((left, right) => left.sessions - right.sessions);
}

/** What the shared counts of TLS and the reports about them promise, whatever they stand on. */
export function describeTlsReports(name: string, make: () => Promise<TlsReportsUnderTest>): void {
  describe(`the reports about TLS on ${name}`, () => {
    let under: TlsReportsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    it('count what every worker adds, by day, domain and finding', async () => {
      const { tlsReports } = under;
      await tlsReports.add(subject, [countOf(3), countOf(1, 'It "expired" – yesterday.')], dueAt);
      await under.reopened().add(subject, [countOf(4), countOf(2, 'X.')], dueAt);
      await tlsReports.add({ ...subject, domain: 'other.test' }, [countOf(9)], dueAt);
      await tlsReports.add({ ...subject, day: '2026-11-26' }, [countOf(8)], dueAt);
      const expected = [countOf(1, 'It "expired" – yesterday.'), countOf(2, 'X.'), countOf(7)];
      expect(sorted(await tlsReports.counts(subject))).toEqual(expected);
      expect(await tlsReports.counts({ ...subject, domain: 'nobody.test' })).toEqual([]);
    });

    it('lose no count when many add at once', async () => {
      const { tlsReports } = under;
      await Promise.all(
        Array.from({ length: 20 }, () => tlsReports.add(subject, [countOf(1), countOf(2, 'X.')], dueAt)),
      );
      expect(sorted(await tlsReports.counts(subject))).toEqual([countOf(20), countOf(40, 'X.')]);
    });

    it('say when there are so many findings that their owner may be making them up', async () => {
      const many = Array.from({ length: 60 }, (_, index) => countOf(1, `${index} ${'x'.repeat(80)}`));
      const { tlsReports } = under;
      expect(await tlsReports.add(subject, many.slice(0, 4), dueAt)).toBe('roomy');
      for (let start = 4; start < 60; start += 14) await tlsReports.add(subject, many.slice(start, start + 14), dueAt);
      expect(await tlsReports.add(subject, [countOf(1)], dueAt)).toBe('crowded');
      expect(await tlsReports.add({ ...subject, domain: 'other.test' }, [countOf(1)], dueAt)).toBe('roomy');
      expect(await tlsReports.counts(subject)).toHaveLength(61);
    });

    it('come due at the time that was named first, those longest due before others', async () => {
      const { tlsReports } = under;
      await tlsReports.add(subject, [countOf(1)], dueAt);
      await tlsReports.add(subject, [countOf(1)], dueAt - 1_000);
      await tlsReports.add({ ...subject, domain: 'b.test' }, [countOf(1)], dueAt - 500);
      await tlsReports.add({ ...subject, domain: 'later.test' }, [countOf(1)], dueAt + 1);
      expect(await tlsReports.due(dueAt - 501, 10)).toEqual([]);
      const due = await under.reopened().due(dueAt, 10);
      expect(due).toEqual([
        { domain: 'b.test', day: subject.day, version: 1, dueAt: dueAt - 500, deliveredTo: [] },
        { ...subject, version: 1, dueAt, deliveredTo: [] },
      ]);
      expect(await tlsReports.due(dueAt, 1)).toHaveLength(1);
    });

    it('are saved by one of those who have read the same version', async () => {
      const { tlsReports } = under;
      await tlsReports.add(subject, [countOf(1)], dueAt);
      const [state] = await tlsReports.due(dueAt, 1);
      if (state === undefined) throw new Error('Nothing is due.');
      const next = { ...state, version: 2, dueAt: dueAt + 600_000 };
      const saved = await Promise.all(Array.from({ length: 5 }, () => under.reopened().save(next)));
      expect(saved.toSorted()).toEqual(['fenced', 'fenced', 'fenced', 'fenced', 'saved']);
      expect(await tlsReports.due(dueAt + 599_999, 10)).toEqual([]);
      expect(await tlsReports.due(dueAt + 600_000, 10)).toEqual([next]);
      const delivered = { ...next, version: 3, deliveredTo: ['mailto:a@b.test', 'https://b.test/'] };
      expect(await tlsReports.save(delivered)).toBe('saved');
      expect(await tlsReports.due(dueAt + 600_000, 10)).toEqual([delivered]);
    });

    it('that are over stay so, whatever is counted late', async () => {
      const { tlsReports } = under;
      await tlsReports.add(subject, [countOf(1)], dueAt);
      expect(await tlsReports.save({ ...subject, version: 2, dueAt: null, deliveredTo: [] })).toBe('saved');
      await tlsReports.add(subject, [countOf(1)], dueAt);
      expect(await tlsReports.due(dueAt * 2, 10)).toEqual([]);
      expect(await tlsReports.save({ ...subject, version: 2, dueAt, deliveredTo: [] })).toBe('fenced');
    });

    it('that were never counted for cannot be saved', async () => {
      expect(await under.tlsReports.save({ ...subject, version: 1, dueAt, deliveredTo: [] })).toBe('fenced');
      expect(await under.tlsReports.due(dueAt, 10)).toEqual([]);
    });
  });
}
