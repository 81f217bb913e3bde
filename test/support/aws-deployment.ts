import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import type { SqsBatchResponse, SqsEvent } from '../../functions/adapters/batch-sqs.ts';
import type { AwsNames } from '../../functions/wiring/aws.ts';
import type { AwsRegion } from '../adapters/aws-region.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { functionEnvironment } from './function-environment.ts';
import { bundleOnce } from './shared-bundles.ts';
import { type HttpAnswer, httpEvent, type HttpRequest, sqsRecord } from './lambda-events.ts';

type Invocation<Event, Answer> = (event: Event, context: { getRemainingTimeInMillis(): number }) => Promise<Answer>;

/** The functions, bundled as they are shipped, on a table, a bucket and queues of their own. */
export type AwsDeployment = {
  readonly names: AwsNames;
  /** The variables that they start with. */
  readonly environment: Readonly<Record<string, string>>;
  request(method: string, target: string, request?: HttpRequest): Promise<HttpAnswer>;
  deliver: Invocation<SqsEvent, SqsBatchResponse>;
  sweep: Invocation<unknown, { readonly moved: number }>;
  bury(event: SqsEvent): Promise<SqsBatchResponse>;
  intake(event: SqsEvent): Promise<SqsBatchResponse>;
  /** Receives from the queue of webhooks once, has it handled, and deletes what the answer does not name. */
  notify(): Promise<{ readonly received: number; readonly unfinished: number }>;
  /** Up to fifty messages as the event source hands them over; they stay in flight. */
  receive(): Promise<ReceivedEvent>;
  /** Receives once, has it delivered, and deletes what the answer does not name. Answers with how many it names. */
  poll(remainingMs?: number): Promise<{ readonly received: number; readonly unfinished: number }>;
  receiveDeadLetters(): Promise<ReceivedEvent>;
  /** The same with the dead-letter queue and its consumer. */
  pollDeadLetters(): Promise<{ readonly received: number; readonly unfinished: number }>;
};

export type ReceivedEvent = {
  readonly event: SqsEvent;
  /** Does with the messages what the event source does after an answer. */
  readonly settle: (answer: SqsBatchResponse) => Promise<void>;
};

const defaultTimeoutMs = 900_000;
const mostMessages = 50;
const inTime = (remainingMs: number) => ({ getRemainingTimeInMillis: () => remainingMs });

type FunctionName = 'submit' | 'deliver' | 'sweep' | 'bury' | 'notify' | 'intake';

const bundles = new Map<FunctionName, Promise<string>>();
const temporary = temporaryDirectory();
process.once('exit', () => temporary.dispose());
let starts = 0;

/** Bundles a function, once; answers with the file that holds its handler. */
export function bundled(name: FunctionName): Promise<string> {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  const bundling = bundleOnce(name, temporary.directory);
  bundles.set(name, bundling);
  return bundling;
}

/** Starts the functions with the variables that the stack sets, and `settings` besides. */
export async function deployToAws(
  region: AwsRegion,
  settings: Readonly<Record<string, string>> = {},
): Promise<AwsDeployment> {
  const names = await region.create();
  const environment = {
    ...functionEnvironment,
    AWS_REGION: 'us-east-1',
    POSTERN_TABLE: names.table,
    POSTERN_BUCKET: names.bucket,
    POSTERN_QUEUE_URL: names.queueUrl,
    POSTERN_DEAD_LETTER_QUEUE_URL: names.deadLetterQueueUrl,
    POSTERN_NOTIFY_QUEUE_URL: names.notifyQueueUrl,
    POSTERN_AWS_ENDPOINT: region.proxy.endpoint,
    ...settings,
  };
  const submit = await start<Invocation<object, HttpAnswer>>('submit', environment);
  // Not every test needs them.
  let deliver: Promise<AwsDeployment['deliver']> | null = null;
  let sweep: Promise<AwsDeployment['sweep']> | null = null;
  let bury: Promise<AwsDeployment['bury']> | null = null;
  let intake: Promise<AwsDeployment['intake']> | null = null;
  // It meets no secrets, so the stack gives it none.
  const withoutSecrets = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^POSTERN_(?:MASTER_KEY|API_KEY|SMARTHOST_URL)/.test(name)),
  );
  const receive = () => receiveEvent(region, names.queueUrl);
  let notify: Promise<AwsDeployment['deliver']> | null = null;
  const deployment: AwsDeployment = {
    names,
    environment,
    receive,
    deliver: async (event, context) => await (await (deliver ??= start('deliver', environment)))(event, context),
    sweep: async (event, context) => await (await (sweep ??= start('sweep', environment)))(event, context),
    bury: async (event) => await (await (bury ??= start('bury', withoutSecrets)))(event),
    intake: async (event) => await (await (intake ??= start('intake', environment)))(event),
    async notify() {
      const { event, settle } = await receiveEvent(region, names.notifyQueueUrl);
      const answer = await (await (notify ??= start('notify', environment)))(event, inTime(120_000));
      await settle(answer);
      return { received: event.Records.length, unfinished: answer.batchItemFailures.length };
    },
    request: (method, target, request = {}) => submit(httpEvent(method, target, request), inTime(defaultTimeoutMs)),
    async poll(remainingMs = defaultTimeoutMs) {
      const { event, settle } = await receive();
      const answer = await deployment.deliver(event, inTime(remainingMs));
      await settle(answer);
      return { received: event.Records.length, unfinished: answer.batchItemFailures.length };
    },
    receiveDeadLetters: () => receiveEvent(region, names.deadLetterQueueUrl),
    async pollDeadLetters() {
      const { event, settle } = await deployment.receiveDeadLetters();
      const answer = await deployment.bury(event);
      await settle(answer);
      return { received: event.Records.length, unfinished: answer.batchItemFailures.length };
    },
  };
  return deployment;
}

// Another query is another module: every start reads the environment anew, as a new sandbox of the platform does.
async function start<Handler>(name: FunctionName, environment: Readonly<Record<string, string>>): Promise<Handler> {
  const entry = await bundled(name);
  const kept = { ...process.env };
  Object.assign(process.env, environment);
  try {
    const url = `${pathToFileURL(path.resolve(entry)).href}?start=${++starts}`;
    const { handler } = (await import(/* @vite-ignore */ url)) as { readonly handler: Handler };
    return handler;
  } finally {
    for (const added of Object.keys(environment)) if (!(added in kept)) delete process.env[added];
    Object.assign(process.env, kept);
  }
}

async function receiveEvent({ clients: { sqs } }: AwsRegion, QueueUrl: string): Promise<ReceivedEvent> {
  const messages: Message[] = [];
  while (messages.length < mostMessages) {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    if (Messages.length === 0) break;
    messages.push(...Messages);
  }
  const entryOf = ({ MessageId: Id, ReceiptHandle }: Message) => ({ Id, ReceiptHandle });
  return {
    event: { Records: messages.map(sqsRecord) },
    async settle({ batchItemFailures }) {
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const [again, done] = [true, false].map((is) =>
        messages.filter(({ MessageId = '' }) => failed.has(MessageId) === is),
      );
      for (const Entries of inTens((done ?? []).map(entryOf))) {
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
      // The visibility timeout, passed at once.
      for (const Entries of inTens((again ?? []).map((one) => ({ ...entryOf(one), VisibilityTimeout: 0 })))) {
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }
    },
  };
}

function inTens<Entry>(entries: readonly Entry[]): Entry[][] {
  return Array.from({ length: Math.ceil(entries.length / 10) }, (_, index) =>
    entries.slice(index * 10, index * 10 + 10),
  );
}
