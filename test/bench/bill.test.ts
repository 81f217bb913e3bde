import { expect, it } from 'vitest';

import { createTally, priced, totalOf, unitsPerMail } from '../../bench/cost/bill.ts';
import { type BilledUnit, prices } from '../../bench/cost/prices.ts';

it.each<[BilledUnit, number, number]>([
  ['http_api_request', 1, 1],
  ['lambda_request', 1, 0.2],
  ['gb_second', 0.06, 0.8],
  ['sqs_request', 1, 0.4],
  ['write_unit', 4, 2.5],
  ['read_unit', 1, 0.125],
  ['s3_put', 1, 5],
  ['s3_get', 1, 0.4],
  ['log_byte', 1_000, 0.5],
  ['byte_out', 30_000, 2.7],
  ['nat_byte', 30_000, 1.35],
])('a mail that takes of %s %d each time costs so many dollars a million', (unit, count, dollars) => {
  const [line] = priced([{ item: 'x', unit, count: count * 200 }], 200);
  expect(line?.perMail).toBeCloseTo(count, 9);
  expect(line?.dollarsPerMillion).toBeCloseTo(dollars, 4);
});

it('has a price for every unit', () => {
  expect(Object.values(prices).every((price) => price > 0)).toBe(true);
});

it('what is used is added up by item and unit, until it is cleared', () => {
  const tally = createTally();
  tally.add('submit: writes', 'write_unit', 2);
  tally.add('SQS, sent', 'sqs_request', 1);
  tally.add('submit: writes', 'write_unit', 3);
  expect(tally.lines()).toEqual([
    { item: 'submit: writes', unit: 'write_unit', count: 5 },
    { item: 'SQS, sent', unit: 'sqs_request', count: 1 },
  ]);
  tally.clear();
  expect(tally.lines()).toEqual([]);
});

it('totals are of all lines, and counts of the lines of one unit', () => {
  const lines = priced(
    [
      { item: 'submit: writes', unit: 'write_unit', count: 8 },
      { item: 'deliver: writes', unit: 'write_unit', count: 8 },
      { item: 'SQS, sent', unit: 'sqs_request', count: 1 },
    ],
    4,
  );
  expect(totalOf(lines)).toBeCloseTo(2.6, 9);
  expect(unitsPerMail(lines, 'write_unit')).toBe(4);
  expect(unitsPerMail(lines, 'write_unit', 'deliver')).toBe(2);
  expect(unitsPerMail(lines, 's3_put')).toBe(0);
});
