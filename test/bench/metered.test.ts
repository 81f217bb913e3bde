import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  bytesOnTheWire,
  gbSeconds,
  httpApiRequests,
  lambdaMs,
  logBytes,
  sqsRequests,
} from '../../bench/cost/metered.ts';

const KiB = 1024;

describe('requests by the size of what they carry', () => {
  it.each([
    [0, 1],
    [1, 1],
    [64 * KiB, 1],
    [64 * KiB + 1, 2],
    [1024 * KiB, 16],
  ])('a call of SQS with %i bytes is billed as %i', (bytes, requests) => {
    expect(sqsRequests(bytes)).toBe(requests);
  });

  it.each([
    [0, 1],
    [512 * KiB, 1],
    [512 * KiB + 1, 2],
  ])('a request of %i bytes to an HTTP API is billed as %i', (bytes, requests) => {
    expect(httpApiRequests(bytes)).toBe(requests);
  });

  it('never take less together than apart by more than one each, nor more', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(256 * KiB), { minLength: 1, maxLength: 10 }), (sizes) => {
        const together = sqsRequests(sizes.reduce((sum, size) => sum + size, 0));
        const apart = sizes.reduce((sum, size) => sum + sqsRequests(size), 0);
        expect(together).toBeLessThanOrEqual(apart);
        expect(apart - together).toBeLessThanOrEqual(sizes.length);
      }),
    );
  });
});

describe('the time of a function', () => {
  it('is billed by the started millisecond and by memory', () => {
    expect(gbSeconds(1_000, 1_024)).toBe(1);
    expect(gbSeconds(0.2, 512)).toBe(0.0005);
  });

  it('is as long on Lambda while it waits, and longer by its share of a core while it computes', () => {
    expect(lambdaMs({ wallMs: 100, cpuMs: 0 }, 512)).toBe(100);
    expect(lambdaMs({ wallMs: 100, cpuMs: 20 }, 1_769)).toBe(100);
    expect(lambdaMs({ wallMs: 100, cpuMs: 20 }, 3_000)).toBe(100);
    expect(lambdaMs({ wallMs: 100, cpuMs: 20 }, 512)).toBeCloseTo(80 + 20 * (1_769 / 512), 9);
  });
});

it('bytes of a stream take their packets along', () => {
  expect(bytesOnTheWire(1_460_000)).toBeCloseTo(1_500_000, 3);
});

it('lines of a log are billed in UTF-8, and 26 bytes each', () => {
  expect(logBytes([])).toBe(0);
  expect(logBytes(['{"a":1}', 'é'])).toBe(7 + 26 + 2 + 26);
});
