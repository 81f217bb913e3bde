import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createDynamodbTlsReports } from '../../functions/adapters/tls-reports-dynamodb.ts';
import type { TlsReports } from '../../functions/core/ports/tls-reports.ts';
import type { TlsCount } from '../../functions/core/tls/tls-finding.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { createWriteMeter } from './write-units.ts';

const subject = { domain: 'example.test', day: '2026-11-25' };
const counts: readonly TlsCount[] = [
  { sessions: 7, finding: { policy: { type: 'no-policy-found', lines: [], mxHosts: [] }, failure: null } },
];

let region: AwsRegion;
let tlsReports: TlsReports;

beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  const { table: name } = await region.create();
  tlsReports = createDynamodbTlsReports({ client: region.clients.dynamodb, name, clock: systemClock }, systemRandom);
});

it('Counts cost one write unit, however many sessions they are, and one more for the first of a day', async () => {
  const bypass = region.bypass();
  const units: number[] = [];
  for (let times = 0; times < 3; times++) {
    const meter = createWriteMeter(bypass);
    region.proxy.fail(async (call) => ({ kind: 'pass', after: await meter.around(call) }));
    await tlsReports.add(subject, counts, 1);
    units.push(meter.units);
  }
  bypass.destroy();
  expect(units).toEqual([2, 1, 1]);
});

it('Counts whose answer was lost are added once', async () => {
  const seen = new Set<string>();
  region.proxy.fail(({ operation, body }) => {
    if (operation !== 'UpdateItem' || seen.has(body)) return null;
    seen.add(body);
    return { kind: 'lose_answer' };
  });
  await tlsReports.add(subject, counts, 1);
  await tlsReports.add(subject, counts, 1);
  expect(seen.size).toBe(2);
  expect((await tlsReports.counts(subject)).map(({ sessions }) => sessions)).toEqual([14]);
});
