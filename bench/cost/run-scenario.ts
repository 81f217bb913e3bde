import { setTimeout as sleep } from 'node:timers/promises';

import { accessLine } from '../../infra/access-line.ts';
import type { AwsCall } from '../../test/adapters/faulty-proxy.ts';
import type { HttpAnswer } from '../../test/support/lambda-events.ts';
import type { SunkMessage } from '../../test/support/mail-sink.ts';
import { createAwsMeter } from './aws-meter.ts';
import { type BillLine, createTally, type Tally } from './bill.ts';
import { type MailFields, mailOf } from './mails.ts';
import { bytesOnTheWire, httpApiRequests, logBytes } from './metered.ts';
import { type FunctionName, type Rig, senderDomain, startRig } from './rig.ts';
import type { Scenario } from './scenario.ts';

/** How long the invocations of a function took here, one by one, and what they took of a core together. */
export type MeasuredTimes = { readonly wallMs: readonly number[]; readonly cpuMs: number };

/** What a scenario used. */
export type Measured = {
  readonly lines: readonly BillLine[];
  /** Bytes over the line to the mail server, in both directions. */
  readonly smtpBytes: number;
  /** Of a message as it went out, without signatures. */
  readonly messageBytes: number;
  /** Of a job on the queue. */
  readonly jobBytes: number;
  readonly times: Readonly<Record<FunctionName, MeasuredTimes>> | null;
};

/** Sends the mails of a scenario and counts what is billed; then, if `timed`, as many once more to see how long it takes. */
export async function runScenario(scenario: Scenario, timed: boolean): Promise<Measured> {
  const far = farSide();
  const rig = await startRig({ ...scenario, onMessage: far.onMessage });
  try {
    const run: Run = { rig, scenario, far, key: await newKey(rig), bodyBytes: scenario.sizeBytes, number: 0 };
    await fit(run);
    const counted = await count(run);
    const times = timed ? await time(run) : null;
    return { ...counted, messageBytes: far.lastBytes(), times };
  } finally {
    await rig.stop();
  }
}

type Run = {
  readonly rig: Rig;
  readonly scenario: Scenario;
  readonly far: ReturnType<typeof farSide>;
  readonly key: string;
  bodyBytes: number;
  /** Of the next mail. */
  number: number;
};

/** A mail server that refuses for now, once, what was sent to an address that begins with `later`. */
function farSide(): {
  readonly onMessage: (message: SunkMessage) => string;
  readonly lastBytes: () => number;
} {
  const refused = new Set<string>();
  let lastBytes = 0;
  return {
    lastBytes: () => lastBytes,
    onMessage({ to, bytes }) {
      lastBytes = unsignedBytes(bytes);
      const address = to.join();
      if (!address.startsWith('later') || refused.has(address)) return '250 2.0.0 Ok: queued as 4XyZ12AbCdEfGh';
      refused.add(address);
      return '451 4.3.0 Please try again later';
    },
  };
}

// Signatures come first, and are folded: the next field begins the line after.
function unsignedBytes(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  return text.replace(/^(?:DKIM-Signature:.*\r\n(?:[ \t].*\r\n)*)+/i, '').length;
}

async function newKey(rig: Rig): Promise<string> {
  const answer = await rig.request('POST', '/v1/api_keys', {
    name: 'Shop backend',
    scopes: ['emails:send'],
    rate_limit: { limit: 1_000_000, window_seconds: 60 },
  });
  return (JSON.parse(answer.body) as { readonly key: string }).key;
}

// The first mails also warm everything: connections, and what processes remember.
async function fit(run: Run): Promise<void> {
  const { rig, scenario, far } = run;
  for (let tries = 0; tries < 3; tries++) {
    await post(run, [nextMail(run, false)]);
    await rig.deliverAll();
    run.bodyBytes = Math.max(1, Math.round(run.bodyBytes * (scenario.sizeBytes / far.lastBytes())));
  }
  await post(run, [nextMail(run, true)]);
  await rig.deliverAll();
  await rig.sweep();
  await rig.deliverAll();
}

function nextMail(run: Run, deferred: boolean): MailFields {
  const { scenario, bodyBytes } = run;
  const number = run.number++;
  const to = Array.from(
    { length: scenario.recipients },
    (_, index) => `${deferred ? 'later' : 'customer'}.${number}@receiver${index}.example`,
  );
  return mailOf(number, senderDomain, to, scenario.content, bodyBytes);
}

async function post({ rig, key }: Run, emails: readonly MailFields[]): Promise<HttpAnswer> {
  const [only, ...others] = emails;
  const answer =
    only !== undefined && others.length === 0
      ? await rig.request('POST', '/v1/emails', only, key)
      : await rig.request('POST', '/v1/emails/batch', { emails }, key);
  if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${answer.body}`);
  return answer;
}

/** Posts all mails of the scenario; every so manieth of them is going to be deferred. */
async function postAll(run: Run, each: (emails: readonly MailFields[], answer: HttpAnswer) => void): Promise<void> {
  const { mails, perRequest, deferredShare } = run.scenario;
  for (let at = 0; at < mails; at += perRequest) {
    const emails = Array.from({ length: Math.min(perRequest, mails - at) }, (_, index) => {
      const place = at + index;
      return nextMail(run, Math.floor((place + 1) * deferredShare) > Math.floor(place * deferredShare));
    });
    each(emails, await post(run, emails));
  }
}

async function count(run: Run): Promise<Omit<Measured, 'messageBytes' | 'times'>> {
  const { rig } = run;
  const tally = createTally();
  const looking = rig.region.bypass();
  const meter = createAwsMeter(looking, tally);
  let jobBytes = 0;
  rig.region.proxy.heal();
  rig.region.proxy.fail(async (call) => {
    if (meter.stage === 'submit') jobBytes += jobBytesIn(call);
    return { kind: 'pass', after: await meter.around(call) };
  });
  const logged = logsSince(rig);
  const invoked = { submit: invocationsSince(rig, 'submit'), deliver: invocationsSince(rig, 'deliver') };
  const before = { ...rig.line.bytes };
  meter.stage = 'submit';
  await postAll(run, (emails, answer) => countRequest(tally, emails, answer));
  for (const stage of ['deliver', 'sweep', 'deliver again'] as const) {
    meter.stage = stage;
    await (stage === 'sweep' ? rig.sweep() : rig.deliverAll());
  }
  meter.stage = 'watch';
  await rig.watch();
  rig.region.proxy.heal();
  looking.destroy();
  tally.add('submit: requests', 'lambda_request', invoked.submit());
  tally.add('deliver: requests', 'lambda_request', invoked.deliver());
  for (const [name, bytes] of logged()) tally.add(`${name}: log`, 'log_byte', bytes);
  const { sent, received } = rig.line.bytes;
  tally.add('data out, mail', 'byte_out', bytesOnTheWire(sent - before.sent));
  const smtpBytes = bytesOnTheWire(sent - before.sent + received - before.received);
  return { lines: tally.lines(), smtpBytes, jobBytes: jobBytes / (run.scenario.mails * run.scenario.recipients) };
}

function countRequest(tally: Tally, emails: readonly MailFields[], { statusCode, headers, body }: HttpAnswer): void {
  const request = emails.length === 1 ? emails[0] : { emails };
  tally.add('HTTP API', 'http_api_request', httpApiRequests(Buffer.byteLength(JSON.stringify(request))));
  tally.add('HTTP API: access log', 'log_byte', logBytes([sampleAccessLine()]));
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // What the platform adds by itself.
  const own =
    'HTTP/1.1 200 \r\nDate: Wed, 25 Nov 2026 09:00:00 GMT\r\nContent-Length: 1000\r\nApigw-Requestid: Abcdefghijklmno=\r\n\r\n';
  const bytes = Buffer.byteLength(`${own}${statusCode}${fields.join('')}${body}`);
  tally.add('data out, answers', 'byte_out', bytesOnTheWire(bytes));
}

function sampleAccessLine(): string {
  const values: Readonly<Record<string, string>> = {
    requestTime: '25/Nov/2026:09:00:00 +0000',
    requestId: 'Abcdefghijklmno=',
    'identity.sourceIp': '203.0.113.117',
    httpMethod: 'POST',
    path: '/v1/emails',
    status: '202',
    responseLatency: '42',
    integrationErrorMessage: '-',
  };
  return accessLine.replaceAll(/\$context\.([A-Za-z.]+)/g, (_whole, name: string) => values[name] ?? '');
}

function jobBytesIn({ operation, body }: AwsCall): number {
  if (operation !== 'SendMessageBatch') return 0;
  const { Entries } = JSON.parse(body) as { readonly Entries: readonly { readonly MessageBody: string }[] };
  return Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
}

/** What the functions write from now on: for each, the bytes that are billed. */
function logsSince({ functions }: Rig): () => readonly (readonly [FunctionName, number])[] {
  const linesOf = (name: FunctionName): readonly string[] =>
    functions[name].sandboxes.flatMap((sandbox) => sandbox.log().split('\n').filter(Boolean));
  const before = {
    submit: linesOf('submit').length,
    deliver: linesOf('deliver').length,
    sweep: linesOf('sweep').length,
  };
  return () =>
    (['submit', 'deliver', 'sweep'] as const).map((name) => [name, logBytes(linesOf(name).slice(before[name]))]);
}

async function time(run: Run): Promise<Record<FunctionName, MeasuredTimes>> {
  const { rig, scenario } = run;
  rig.region.proxy.fail(async () => {
    await sleep(scenario.awsCallMs);
    return null;
  });
  const since = {
    submit: timesSince(rig, 'submit'),
    deliver: timesSince(rig, 'deliver'),
    sweep: timesSince(rig, 'sweep'),
  };
  await postAll(run, () => undefined);
  await rig.deliverAll();
  await rig.sweep();
  await rig.deliverAll();
  rig.region.proxy.heal();
  return { submit: since.submit(), deliver: since.deliver(), sweep: since.sweep() };
}

function invocationsSince({ functions }: Rig, name: FunctionName): () => number {
  const before = functions[name].reports.length;
  return () => functions[name].reports.length - before;
}

function timesSince({ functions }: Rig, name: FunctionName): () => MeasuredTimes {
  const { reports, sandboxes } = functions[name];
  const cpu = (): number => sandboxes.reduce((sum, sandbox) => sum + sandbox.cpuMs(), 0);
  const [invocations, cpuMs] = [reports.length, cpu()];
  return () => ({
    wallMs: reports.slice(invocations).map(({ durationMs }) => durationMs),
    cpuMs: cpu() - cpuMs,
  });
}
