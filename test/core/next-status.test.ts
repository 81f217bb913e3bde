import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { nextStatus } from '../../functions/core/next-status.ts';
import type { Outcome } from '../../functions/core/outcome.ts';
import { retryDelayMs } from '../../functions/core/retry-delay.ts';

const evidence = failureEvidence('dot', 'x', 'X.');
const policy = { expiresAt: 10_000, onInDoubt: 'retry', retryDelayMs: 1_000 } as const;

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constantFrom<Outcome>(
    { kind: 'delivered', evidence },
    { kind: 'relayed', evidence },
    { kind: 'in_doubt', evidence },
    { kind: 'bounced', evidence, source: 'smtp' },
  ),
  fc
    .constantFrom('message', 'host', 'route', 'interrupted')
    .map((cause): Outcome => ({ kind: 'deferred', evidence, cause })),
);

describe('the next status', () => {
  it('of a delivered, relayed or bounced recipient is that, for good', () => {
    expect(nextStatus({ kind: 'delivered', evidence }, 0, policy)).toEqual({ status: 'delivered' });
    expect(nextStatus({ kind: 'relayed', evidence }, 0, policy)).toEqual({ status: 'relayed' });
    expect(nextStatus({ kind: 'bounced', evidence, source: 'local' }, 0, policy)).toEqual({ status: 'bounced' });
  });

  it('after a deferral is open until the delay has passed (C29)', () => {
    expect(nextStatus({ kind: 'deferred', evidence, cause: 'host' }, 500, policy)).toEqual({
      status: 'open',
      dueAt: 1_500,
    });
  });

  it('after an attempt that we ended ourselves is open at once', () => {
    expect(nextStatus({ kind: 'deferred', evidence, cause: 'interrupted' }, 500, policy)).toEqual({
      status: 'open',
      dueAt: 500,
    });
  });

  it('in doubt is open under retry and unknown under hold', () => {
    expect(nextStatus({ kind: 'in_doubt', evidence }, 0, policy)).toEqual({ status: 'open', dueAt: 1_000 });
    expect(nextStatus({ kind: 'in_doubt', evidence }, 0, { ...policy, onInDoubt: 'hold' })).toEqual({
      status: 'unknown',
    });
  });

  it('is never due after the end of the lifetime, and expires from then on (C31)', () => {
    fc.assert(
      fc.property(outcomes, fc.nat(20_000), fc.nat(100_000), (outcome, now, delayMs) => {
        const next = nextStatus(outcome, now, { ...policy, retryDelayMs: delayMs });
        if (next.status === 'open') expect(next.dueAt).toBeLessThanOrEqual(policy.expiresAt);
        if (next.status === 'expired') expect(now).toBeGreaterThanOrEqual(policy.expiresAt);
        if (outcome.kind === 'deferred' && now >= policy.expiresAt) expect(next.status).toBe('expired');
      }),
    );
  });

  it('is delivered, relayed or bounced only after an outcome that says so', () => {
    fc.assert(
      fc.property(outcomes, fc.nat(20_000), fc.constantFrom('retry', 'hold'), (outcome, now, onInDoubt) => {
        const { status } = nextStatus(outcome, now, { ...policy, onInDoubt });
        if (['delivered', 'relayed', 'bounced'].includes(status)) expect(status).toBe(outcome.kind);
      }),
    );
  });
});

describe('the retry delay', () => {
  const schedule = [60_000, 300_000, 900_000] as const;

  it('follows the schedule and repeats its last entry (C30)', () => {
    expect([1, 2, 3, 4, 99].map((attempt) => retryDelayMs(attempt, [...schedule], null, 0.5))).toEqual([
      60_000, 300_000, 900_000, 900_000, 900_000,
    ]);
  });

  it('is spread by a tenth in either direction', () => {
    expect(retryDelayMs(1, [...schedule], null, 0)).toBe(54_000);
    expect(retryDelayMs(1, [...schedule], null, 0.999999)).toBe(66_000);
  });

  it('asked for by the far side overrides the schedule and is never cut short (C30)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, fraction) => {
          expect(retryDelayMs(attempt, [...schedule], 300_000, fraction)).toBeGreaterThanOrEqual(300_000);
        },
      ),
    );
    expect(retryDelayMs(3, [...schedule], 300_000, 0)).toBe(300_000);
  });

  it('asked for again and again no longer shortens the schedule', () => {
    expect(retryDelayMs(6, [...schedule], 300_000, 0.5)).toBe(900_000);
  });
});
