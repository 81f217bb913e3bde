import type { BillLine } from './bill.ts';
import { gbSeconds, lambdaMs } from './metered.ts';
import { type FunctionName, memoryMb } from './rig.ts';
import type { MeasuredTimes } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** The design's: three seconds for a batch of 25 mails in the worker, and what $0.17 a million pays for in front of it. */
const assumedMsPerMail = { submit: 25, deliver: 3_000 / 25 } as const;
const billedFunctions = ['submit', 'deliver'] as const;

/** What the functions' time is billed with as the design assumes it. The sweep runs every minute, whether there is mail or not. */
export function assumedTime({ mails }: Scenario): readonly BillLine[] {
  return billedFunctions.map((name) => line(name, mails * gbSeconds(assumedMsPerMail[name], memoryMb[name])));
}

/**
 * What the functions' time is billed with as it was measured: as it was here (`here`), or with the computing as much slower as
 * the share of a core is less that a function has there (`on Lambda`).
 */
export function measuredTime(
  times: Readonly<Record<FunctionName, MeasuredTimes>>,
  where: 'here' | 'on Lambda',
): readonly BillLine[] {
  return billedFunctions.map((name) => {
    const { wallMs, cpuMs } = times[name];
    const each = wallMs.map((ms) =>
      where === 'here' ? ms : lambdaMs({ wallMs: ms, cpuMs: cpuMs / wallMs.length }, memoryMb[name]),
    );
    return line(
      name,
      each.reduce((sum, ms) => sum + gbSeconds(ms, memoryMb[name]), 0),
    );
  });
}

function line(name: (typeof billedFunctions)[number], count: number): BillLine {
  return { item: `${name}: time`, unit: 'gb_second', count };
}
