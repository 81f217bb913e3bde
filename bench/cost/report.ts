import { type PricedLine, priced, totalOf, unitsPerMail } from './bill.ts';
import { assumedTime, measuredTime } from './function-time.ts';
import { natGatewayPerHour, prices, providers } from './prices.ts';
import type { Measured } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

const units: Readonly<Record<PricedLine['unit'], string>> = {
  http_api_request: 'requests',
  lambda_request: 'requests',
  gb_second: 'GB-seconds',
  sqs_request: 'requests',
  write_unit: 'write units',
  read_unit: 'read units',
  s3_put: 'puts',
  s3_get: 'gets',
  log_byte: 'bytes',
  byte_out: 'bytes',
  nat_byte: 'bytes',
};
const hoursPerMonth = 730;
const front = 'HTTP API';
/** Receives that find nothing come with time, not with mail. */
const idle = 'SQS, nothing there to receive';

/** What a scenario costs, item by item, as rows of a table in Markdown. */
export function reportOf(scenario: Scenario, measured: Measured): readonly string[] {
  const used = priced(
    measured.lines.filter(({ item }) => item !== idle),
    scenario.mails,
  );
  const times = measured.times;
  const assumed = priced(assumedTime(scenario), scenario.mails);
  const there = times && priced(measuredTime(times, 'on Lambda'), scenario.mails);
  const here = times && priced(measuredTime(times, 'here'), scenario.mails);
  const total = totalOf(used);
  const behindUrl = totalOf(used.filter(({ item }) => !item.startsWith(front)));
  return [
    ...headOf(scenario, measured),
    '| item | a mail | unit | $ per million |',
    '|---|---|---|---|',
    ...used.toSorted(byItem).map(rowOf),
    ...assumed.map((line) => rowOf({ ...line, item: `${line.item}, as assumed` })),
    ...(there ?? []).map((line) => rowOf({ ...line, item: `${line.item}, as measured, on Lambda` })),
    ...(here ?? []).map((line) => rowOf({ ...line, item: `${line.item}, as measured, here` })),
    sumRow('together, time as assumed', total + totalOf(assumed)),
    ...(there === null ? [] : [sumRow('together, time as measured, on Lambda', total + totalOf(there))]),
    sumRow('behind a function URL, time as assumed', behindUrl + totalOf(assumed)),
    `| with a NAT gateway (and ${money(natGatewayPerHour * hoursPerMonth)} a month) | ${amount(measured.smtpBytes / scenario.mails)} | bytes | + ${money((measured.smtpBytes / scenario.mails) * 1_000_000 * prices.nat_byte)} |`,
    ...providers.map(({ name, dollars }) => `| ${name}, list price | | | ${dollars} |`),
    '',
    ...aimsOf(used),
  ];
}

function headOf(scenario: Scenario, { messageBytes, jobBytes }: Measured): readonly string[] {
  const { mails, recipients, perRequest, deferredShare, content, perWorkerBatch } = scenario;
  const many = `${mails} mails, ${recipients} recipient${recipients === 1 ? '' : 's'} each, ${perRequest} a request`;
  const jobs = `${messageBytes} bytes of ${content} (${amount(jobBytes)} on the queue)`;
  return [
    `${many}; ${jobs}; ${deferredShare * 100} % deferred once; batches of up to ${perWorkerBatch} in the worker`,
    '',
  ];
}

function aimsOf(used: readonly PricedLine[]): readonly string[] {
  const happy = (line: PricedLine): boolean => /^(?:submit|deliver): /.test(line.item);
  return [
    `write units at the first attempt: ${amount(unitsPerMail(used.filter(happy), 'write_unit'))}`,
    `objects written and read: ${amount(unitsPerMail(used, 's3_put'))} and ${amount(unitsPerMail(used, 's3_get'))}`,
    `SQS requests: ${amount(unitsPerMail(used, 'sqs_request'))}`,
  ];
}

function rowOf({ item, perMail: each, unit, dollarsPerMillion }: PricedLine): string {
  return `| ${item} | ${amount(each)} | ${units[unit]} | ${money(dollarsPerMillion)} |`;
}

function sumRow(what: string, dollars: number): string {
  return `| **${what}** | | | **${money(dollars)}** |`;
}

function byItem(a: PricedLine, b: PricedLine): number {
  return a.item < b.item ? -1 : 1;
}

function amount(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}
