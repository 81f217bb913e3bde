import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { limits } from '../../../functions/core/limits.ts';
import { nextDomainStatus, type Sighting, sightingOf } from '../../../functions/core/domains/next-domain-status.ts';
import type { RecordCheck, SenderDomain } from '../../../functions/core/ports/domains.ts';
import { domainOf } from '../../contract/domain-samples.ts';
import { now } from '../../contract/samples.ts';

const hour = 3_600_000;

/** The domain after checks at these hours since it was added. */
function after(checks: readonly (readonly [number, Sighting])[], start: SenderDomain = domainOf()): SenderDomain {
  return checks.reduce<SenderDomain>((domain, [hours, sighting]) => {
    const { recheckMs: _, ...standing } = nextDomainStatus(domain, sighting, now + hours * hour);
    return { ...domain, ...standing };
  }, start);
}

describe('a pending domain', () => {
  it('is verified by the first check that sees its records', () => {
    expect(
      after([
        [0, 'absent'],
        [1, 'unknown'],
        [2, 'present'],
      ]),
    ).toMatchObject({
      status: 'verified',
      verifiedAt: now + 2 * hour,
      missingSince: null,
      missedChecks: 0,
    });
  });

  it('fails when they were not seen in 72 hours, whatever the reason', () => {
    expect(after([[71.9, 'absent']]).status).toBe('pending');
    expect(after([[72, 'absent']]).status).toBe('failed');
    expect(after([[72, 'unknown']]).status).toBe('failed');
    expect(after([[72, 'present']]).status).toBe('verified');
  });
});

describe('a verified domain', () => {
  const verified = after([[0, 'present']]);

  it('does not fail for a DNS that does not answer, however long', () => {
    const silent = Array.from({ length: 500 }, (_, index) => [index * 24, 'unknown'] as const);
    expect(after(silent, verified)).toEqual(verified);
  });

  it('fails when every check of three days missed the records', () => {
    const misses = [10, 20, 40, 81.9].map((hours) => [hours, 'absent'] as const);
    expect(after(misses, verified).status).toBe('verified');
    expect(after([...misses, [82, 'absent']], verified).status).toBe('failed');
  });

  it('does not fail for two checks that are far apart, nor for any number that are close together', () => {
    expect(
      after(
        [
          [10, 'absent'],
          [500, 'absent'],
        ],
        verified,
      ).status,
    ).toBe('verified');
    const close = Array.from({ length: 100 }, (_, index) => [10 + index / 100, 'absent'] as const);
    expect(after(close, verified).status).toBe('verified');
  });

  it('does not fail at a check that learnt nothing, and starts anew after one that found them', () => {
    const misses = [10, 20, 30, 40].map((hours) => [hours, 'absent'] as const);
    expect(after([...misses, [200, 'unknown']], verified).status).toBe('verified');
    expect(after([...misses, [50, 'present'], [200, 'absent'], [300, 'absent']], verified)).toMatchObject({
      status: 'verified',
      verifiedAt: now,
      missedChecks: 2,
    });
  });
});

describe('a failed domain', () => {
  it('is verified again when its records are back', () => {
    const failed = after([[100, 'absent']]);
    expect(
      after(
        [
          [200, 'unknown'],
          [300, 'absent'],
        ],
        failed,
      ).status,
    ).toBe('failed');
    expect(after([[400, 'present']], failed)).toMatchObject({ status: 'verified', verifiedAt: now + 400 * hour });
  });
});

describe('whatever the checks see', () => {
  const sightings = fc.constantFrom<Sighting>('present', 'absent', 'unknown');
  const checks = fc.array(fc.tuple(fc.double({ min: 0.01, max: 30, noNaN: true }), sightings), { maxLength: 60 });

  it('a domain is verified only by a check that saw it, loses that only by three days of misses, and is asked about again', () => {
    fc.assert(
      fc.property(checks, (steps) => {
        let domain = domainOf();
        let at = now;
        let lastSeen: number | null = null;
        for (const [hours, sighting] of steps) {
          at += hours * hour;
          const before = domain;
          const { recheckMs, ...standing } = nextDomainStatus(domain, sighting, at);
          domain = { ...domain, ...standing };
          if (sighting === 'present') lastSeen = at;
          expect(recheckMs).toBeGreaterThanOrEqual(300_000);
          expect(recheckMs).toBeLessThanOrEqual(24 * hour);
          expect(domain.status === 'verified' && lastSeen === null).toBe(false);
          if (sighting === 'present') expect(domain.status).toBe('verified');
          if (before.status === 'verified' && domain.status !== 'verified') {
            expect(sighting).toBe('absent');
            expect(at - (lastSeen ?? 0)).toBeGreaterThanOrEqual(limits.domainGraceMs);
          }
          if (before.status !== 'pending') expect(domain.status).not.toBe('pending');
        }
      }),
    );
  });
});

describe('what a check saw', () => {
  const status = fc.constantFrom<RecordCheck['status']>('pending', 'verified', 'missing', 'mismatch', 'unknown');
  it('is decided by the required records alone', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), status)), (entries) => {
        const [sample] = domainOf().records;
        if (sample === undefined) throw new Error('There is no record.');
        const records = entries.map(([required, seen]) => ({ ...sample, required, status: seen }));
        const required = records.filter((record) => record.required);
        expect(sightingOf(records)).toBe(sightingOf(required));
        expect(sightingOf(records) === 'present').toBe(required.every((record) => record.status === 'verified'));
      }),
    );
    expect(
      sightingOf(
        domainOf()
          .records.filter((record) => record.required)
          .map((r) => ({ ...r, status: 'unknown' })),
      ),
    ).toBe('unknown');
  });
});
