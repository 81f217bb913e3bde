import { describe, expect, it } from 'vitest';

import { priced, totalOf, unitsPerMail } from '../../bench/cost/bill.ts';
import { assumedTime } from '../../bench/cost/function-time.ts';
import { runScenario } from '../../bench/cost/run-scenario.ts';
import { type Scenario, usualScenario } from '../../bench/cost/scenario.ts';

const quick: Scenario = { ...usualScenario, mails: 100, roundTripMs: 0, awsCallMs: 0 };

async function costOf(scenario: Scenario) {
  const { lines } = await runScenario(scenario, false);
  return priced([...lines, ...assumedTime(scenario)], scenario.mails).filter(
    ({ item }) => item !== 'SQS, nothing there to receive',
  );
}

describe('a million mails of one recipient and 30 KB', () => {
  it('take three write units each and no object when they are sent at the first attempt', async () => {
    const lines = await costOf({ ...quick, mails: 20, deferredShare: 0 });
    // And what the rate of the key takes, a lease for many requests.
    const firstAttempt = unitsPerMail(lines, 'write_unit', 'submit') + unitsPerMail(lines, 'write_unit', 'deliver');
    expect(firstAttempt).toBeGreaterThanOrEqual(3);
    expect(firstAttempt).toBeLessThan(3.25);
    expect(unitsPerMail(lines, 's3_put') + unitsPerMail(lines, 's3_get')).toBe(0);
    expect(unitsPerMail(lines, 'read_unit', 'submit')).toBeLessThan(2.25);
    expect(unitsPerMail(lines, 'read_unit', 'deliver')).toBe(0);
    expect(unitsPerMail(lines, 'http_api_request')).toBe(1);
    const behindFunctionUrl = lines.filter(({ item }) => !item.startsWith('HTTP API'));
    expect(totalOf(behindFunctionUrl)).toBeLessThan(8);
  });

  it('cost less than eight dollars when they come a hundred in a request, one in twenty deferred', async () => {
    const lines = await costOf({ ...quick, perRequest: 100 });
    expect(unitsPerMail(lines, 'write_unit', 'submit')).toBeLessThan(1.02);
    // Each sandbox looks once whether anybody is to be told, however many mails it gets.
    expect(unitsPerMail(lines, 'read_unit', 'deliver:')).toBeLessThan(0.2);
    // Three calls for ten mails, of which two carry two units of 64 KB each; and a little for what was deferred.
    expect(unitsPerMail(lines, 'sqs_request')).toBeLessThan(0.6);
    expect(unitsPerMail(lines, 's3_put')).toBeCloseTo(0.05, 9);
    expect(unitsPerMail(lines, 'byte_out')).toBeGreaterThan(30 * 1_024);
    expect(totalOf(lines)).toBeLessThan(8);
  });
});
