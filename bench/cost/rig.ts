import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { type AwsNames, openAws } from '../../functions/wiring/aws.ts';
import { deliverLimits, submitLimits, sweepLimits } from '../../infra/function-limits.ts';
import { type AwsRegion, startAwsRegion } from '../../test/adapters/aws-region.ts';
import { createLambdaFunction, type LambdaFunction } from '../../test/aws/platform/lambda-function.ts';
import { bundled } from '../../test/support/aws-deployment.ts';
import { functionEnvironment } from '../../test/support/function-environment.ts';
import { type HttpAnswer, httpEvent, scheduleEvent } from '../../test/support/lambda-events.ts';
import { type MailSink, startMailSink, type SunkMessage } from '../../test/support/mail-sink.ts';
import { type DelayProxy, startDelayProxy } from '../delay-proxy.ts';
import { drainQueue } from './drain-queue.ts';
import { quietLog } from '../../test/support/quiet-log.ts';

const functionNames = ['submit', 'deliver', 'sweep'] as const;
export type FunctionName = (typeof functionNames)[number];

/** The memory of each function, as the stack sets it. */
export const memoryMb: Readonly<Record<FunctionName, number>> = {
  submit: submitLimits.memoryMb,
  deliver: deliverLimits.memoryMb,
  sweep: sweepLimits.memoryMb,
};

/** From where mails are sent; its DKIM keys, RSA and Ed25519, are the operator's. */
export const senderDomain = 'shop.example';
const retrySchedule = '200ms';
const retryMs = 250;

export type RigOptions = {
  readonly perWorkerBatch: number;
  readonly roundTripMs: number;
  /** Answers the reply to a complete message. */
  readonly onMessage: (message: SunkMessage) => string;
};

/** The functions as they are shipped, in sandboxes, on emulated services, with a smarthost at the end of a long line. */
export type Rig = {
  readonly region: AwsRegion;
  readonly line: DelayProxy;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  request(method: string, target: string, body: object, key?: string): Promise<HttpAnswer>;
  /** Delivers what is on the queue, one batch after the other. */
  deliverAll(): Promise<void>;
  /** Waits until what was deferred is due, and has it put on the queue again. */
  sweep(): Promise<void>;
  /** What the sweep does a quarter of an hour after the mails were made: looks at each. */
  watch(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a rig on empty services. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const [region, sink] = await Promise.all([startAwsRegion(), startMailSink({ onMessage: options.onMessage })]);
  const line = await startDelayProxy(sink.port, options.roundTripMs / 2);
  const names = await region.create();
  const functions = await startFunctions(environmentOf(names, region, line));
  return {
    region,
    line,
    functions,
    request: async (method, target, body, key) =>
      (await functions.submit.invoke(httpEvent(method, target, { body, ...(key && { key }) }))) as HttpAnswer,
    deliverAll: () =>
      drainQueue(region.clients.sqs, names.queueUrl, options.perWorkerBatch, (event) =>
        functions.deliver.invoke(event),
      ),
    async sweep() {
      await sleep(retryMs);
      await functions.sweep.invoke(scheduleEvent());
    },
    watch: () => watch(region, names),
    stop: () => stop(region, sink, line, functions),
  };
}

async function startFunctions(environment: Readonly<Record<string, string>>): Promise<Rig['functions']> {
  const created = await Promise.all(
    functionNames.map(async (name) => {
      const folder = path.dirname(path.resolve(await bundled(name)));
      const spec = {
        name,
        folder,
        environment,
        memoryMb: memoryMb[name],
        timeoutMs: deliverLimits.timeout.toMilliseconds(),
      };
      return [name, createLambdaFunction(() => spec, 1)] as const;
    }),
  );
  return Object.fromEntries(created) as Rig['functions'];
}

function environmentOf(names: AwsNames, region: AwsRegion, line: DelayProxy): Readonly<Record<string, string>> {
  return {
    ...functionEnvironment,
    AWS_REGION: 'us-east-1',
    POSTERN_TABLE: names.table,
    POSTERN_BUCKET: names.bucket,
    POSTERN_QUEUE_URL: names.queueUrl,
    POSTERN_DEAD_LETTER_QUEUE_URL: names.deadLetterQueueUrl,
    POSTERN_AWS_ENDPOINT: region.proxy.endpoint,
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${line.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: retrySchedule,
    POSTERN_HOSTNAME: 'mail.shop.example',
    POSTERN_DKIM_KEYS: dkimKeys(),
  };
}

function dkimKeys(): string {
  const pem = { format: 'pem', type: 'pkcs8' } as const;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export(pem);
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export(pem);
  return JSON.stringify([
    { domain: senderDomain, selector: 'r1', key: rsa },
    { domain: senderDomain, selector: 'e1', key: ed25519 },
  ]);
}

async function watch({ clients }: AwsRegion, names: AwsNames): Promise<void> {
  const laterMs = 20 * 60_000;
  const clock = { now: () => Date.now() + laterMs, sleep: (ms: number) => sleep(ms) };
  await openAws(clients, names, { clock, random: systemRandom, log: quietLog }).ledger.due(clock.now(), 500);
}

async function stop(region: AwsRegion, sink: MailSink, line: DelayProxy, functions: Rig['functions']): Promise<void> {
  await Promise.all(Object.values(functions).map((one) => one.stop()));
  line.close();
  await Promise.all([sink.close(), region.stop()]);
}
