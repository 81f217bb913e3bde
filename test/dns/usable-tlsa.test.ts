import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { TlsaRecord } from '../../functions/core/ports/resolver.ts';
import { usableTlsa } from '../../functions/dns/usable-tlsa.ts';
import { associationOf, makeCertificate } from '../support/certificate-maker.ts';

const certificate = makeCertificate({ subject: 'x' });

function record(usage: number, selector: number, matchingType: number): TlsaRecord {
  return { usage, selector, matchingType, association: associationOf(certificate, selector, matchingType) };
}

const numbers = [0, 1, 2, 3, 4, 255];
const combinations = numbers.flatMap((usage) =>
  numbers.flatMap((selector) => numbers.map((matchingType) => [usage, selector, matchingType] as const)),
);

describe('a TLSA record', () => {
  it.each(combinations)('%d %d %d is used only if it is DANE-TA or DANE-EE of a form we know (C46)', (...numbersOf) => {
    const [usage, selector, matchingType] = numbersOf;
    const known = (usage === 2 || usage === 3) && selector <= 1 && matchingType <= 2;
    const association = known ? record(...numbersOf).association : Buffer.alloc(32);
    const one = { usage, selector, matchingType, association };
    expect(usableTlsa([one])).toEqual(known ? [one] : []);
  });

  it.each([
    [0, 1, 31],
    [0, 1, 33],
    [1, 1, 0],
    [1, 2, 32],
    [1, 2, 65],
    [0, 0, 0],
    [1, 0, 91],
  ])('whose data cannot be what it says is not used (selector %d, matching %d, %d octets)', (...parts) => {
    const [selector, matchingType, length] = parts;
    expect(usableTlsa([{ usage: 3, selector, matchingType, association: Buffer.alloc(length, 7) }])).toEqual([]);
  });

  it('with octets to spare after the certificate or key is not used', () => {
    const spare = Buffer.from([0]);
    for (const selector of [0, 1]) {
      const whole = associationOf(certificate, selector, 0);
      const association = Buffer.concat([whole, spare]);
      expect(usableTlsa([{ usage: 2, selector, matchingType: 0, association }])).toEqual([]);
    }
  });

  it('with the weaker digest does not count beside the stronger one of the same kind', () => {
    const [weak, strong] = [record(3, 1, 1), record(3, 1, 2)];
    const others = [record(3, 0, 1), record(2, 1, 1), record(3, 1, 0)];
    expect(usableTlsa([weak, strong, ...others])).toEqual([strong, ...others]);
  });
});

it('Whatever the records, those that are used are some of them', () => {
  const any = fc.record({
    usage: fc.integer({ min: 0, max: 255 }),
    selector: fc.integer({ min: 0, max: 2 }),
    matchingType: fc.integer({ min: 0, max: 3 }),
    association: fc.uint8Array({ maxLength: 80 }),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 6 }), (records) => {
      for (const used of usableTlsa(records)) {
        expect(records).toContain(used);
        expect([2, 3]).toContain(used.usage);
      }
    }),
  );
});
