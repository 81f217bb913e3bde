import path from 'node:path';

import type { AwsNames } from '../../../functions/wiring/aws.ts';
import { type AwsRegion, startAwsRegion } from '../../adapters/aws-region.ts';
import { bundled } from '../../support/aws-deployment.ts';
import { functionEnvironment } from '../../support/function-environment.ts';
import { type HttpAnswer, httpEvent, type HttpRequest, scheduleEvent } from '../../support/lambda-events.ts';
import { type MailSink, type MailSinkOptions, startMailSink } from '../../support/mail-sink.ts';
import { type EventSource, startEventSource } from './event-source.ts';
import { createLambdaFunction, type LambdaFunction } from './lambda-function.ts';
import { startSchedule } from './schedule.ts';

export type StackOptions = {
  /** Variables of all functions, beside those that the stacks of the CDK set. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How the receiving side, the functions' smarthost, behaves. */
  readonly sink?: MailSinkOptions;
  /** Given the endpoint of the emulators, answers with the one that functions are told: of something in between. */
  readonly between?: (endpoint: string) => Promise<string>;
  /** Of `deliver`; what the infrastructure sets is the default. */
  readonly timeoutMs?: number;
  /** Whole seconds, at least the timeout. */
  readonly visibilitySeconds?: number;
  readonly receivesBeforeDeath?: number;
  readonly batchSize?: number;
  readonly windowMs?: number;
  /** Batches delivered at a time. */
  readonly concurrency?: number;
  /** Whether the event source hands each batch over twice. */
  readonly twice?: 'never' | 'always';
  readonly sweepEveryMs?: number;
  /** Sandboxes of `submit` at most. */
  readonly submitSandboxes?: number;
};

/** The whole of Postern on AWS, emulated: three functions in sandboxes of their own, and what calls them. */
export type AwsStack = {
  readonly region: AwsRegion;
  readonly names: AwsNames;
  readonly sink: MailSink;
  readonly functions: Readonly<Record<'submit' | 'deliver' | 'sweep', LambdaFunction>>;
  readonly eventSource: EventSource;
  /** Through the HTTP API. */
  request(method: string, target: string, request?: HttpRequest): Promise<HttpAnswer>;
  /** Ends all of it, processes included. */
  stop(): Promise<void>;
};

/**
 * Starts emulators, functions, event source, schedule and sink. Each sandbox of `deliver` introduces itself to the sink by its
 * own name, `deliver-1.test` and so on.
 */
export async function startAwsStack(options: StackOptions = {}): Promise<AwsStack> {
  const [region, sink] = await Promise.all([startAwsRegion(), startMailSink(options.sink)]);
  const names = await region.create(queueAttributes(options));
  const endpoint = (await options.between?.(region.proxy.endpoint)) ?? region.proxy.endpoint;
  const environment = environmentOf(names, endpoint, sink, options);
  const create = async (
    name: 'submit' | 'deliver' | 'sweep',
    timeoutMs: number,
    mostSandboxes: number,
  ): Promise<LambdaFunction> => {
    const folder = path.dirname(path.resolve(await bundled(name)));
    return createLambdaFunction(
      (number) => ({
        name,
        folder,
        timeoutMs,
        memoryMb: 512,
        environment: { ...environment, POSTERN_HOSTNAME: `${name}-${number}.test` },
      }),
      mostSandboxes,
    );
  };
  const { concurrency = 5, batchSize = 50, windowMs = 1_000, twice = 'never' } = options;
  const [submit, deliver, sweep] = await Promise.all([
    create('submit', 29_000, options.submitSandboxes ?? 5),
    create('deliver', options.timeoutMs ?? 900_000, concurrency * (twice === 'always' ? 2 : 1)),
    create('sweep', 120_000, 2),
  ]);
  const eventSource = startEventSource(
    region.clients.sqs,
    { queueUrl: names.queueUrl, batchSize, windowMs, concurrency, twice },
    (event) => deliver.invoke(event),
  );
  const schedule = startSchedule(options.sweepEveryMs ?? 60_000, () => sweep.invoke(scheduleEvent()));
  return {
    region,
    names,
    sink,
    functions: { submit, deliver, sweep },
    eventSource,
    request: async (method, target, request = {}) =>
      (await submit.invoke(httpEvent(method, target, request))) as HttpAnswer,
    async stop() {
      await Promise.all([eventSource.stop(), schedule.stop()]);
      await Promise.all([submit, deliver, sweep].map((one) => one.stop()));
      await Promise.all([sink.close(), region.stop()]);
    },
  };
}

function queueAttributes({ visibilitySeconds = 5_400, receivesBeforeDeath = 10 }: StackOptions) {
  return { visibilitySeconds, receivesBeforeDeath };
}

function environmentOf(names: AwsNames, endpoint: string, sink: MailSink, { settings }: StackOptions) {
  return {
    ...functionEnvironment,
    AWS_REGION: 'us-east-1',
    POSTERN_TABLE: names.table,
    POSTERN_BUCKET: names.bucket,
    POSTERN_QUEUE_URL: names.queueUrl,
    POSTERN_DEAD_LETTER_QUEUE_URL: names.deadLetterQueueUrl,
    POSTERN_AWS_ENDPOINT: endpoint,
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    ...settings,
  };
}
