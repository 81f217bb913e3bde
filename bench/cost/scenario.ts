import { parseArgs } from 'node:util';

import { deliverLimits } from '../../infra/function-limits.ts';
import { contentKinds, type ContentKind } from './mails.ts';

/** What is sent, and over what kind of line. */
export type Scenario = {
  readonly mails: number;
  /** Of the message as it is on the wire, before it is signed. */
  readonly sizeBytes: number;
  readonly content: ContentKind;
  /** Each at a domain of its own. */
  readonly recipients: number;
  /** The share of mails that the far side refuses for now, once. */
  readonly deferredShare: number;
  /** Mails in a request; 1 is `POST /v1/emails`. */
  readonly perRequest: number;
  /** Messages in a batch of the worker, when there are as many. */
  readonly perWorkerBatch: number;
  /** There and back between worker and mail server; a mail on a warm connection takes one. */
  readonly roundTripMs: number;
  /** What each call of a service of AWS is made to take while times are measured. */
  readonly awsCallMs: number;
};

/** One recipient, 30 KB, a request a mail, one in twenty deferred once. */
export const usualScenario: Scenario = {
  mails: 500,
  sizeBytes: 30 * 1_024,
  content: 'html',
  recipients: 1,
  deferredShare: 0.05,
  perRequest: 1,
  perWorkerBatch: deliverLimits.batchSize,
  roundTripMs: 100,
  awsCallMs: 5,
};

const numbers = {
  mails: 'mails',
  size: 'sizeBytes',
  recipients: 'recipients',
  deferred: 'deferredShare',
  batch: 'perRequest',
  'worker-batch': 'perWorkerBatch',
  rtt: 'roundTripMs',
  'aws-ms': 'awsCallMs',
} as const;
const least: Partial<Record<keyof Scenario, number>> = { deferredShare: 0, roundTripMs: 0, awsCallMs: 0 };

/**
 * The usual scenario, changed by options such as `--size=100000 --batch=100`. Throws an Error of one sentence for what it does
 * not know.
 */
export function readScenario(args: readonly string[]): Scenario {
  const names = [...Object.keys(numbers), 'content'];
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
  });
  const changes = Object.entries(numbers).flatMap(([name, field]) => {
    const text = values[name];
    if (text === undefined) return [];
    const value = Number(text);
    const enough = value >= (least[field] ?? 1) && (field !== 'deferredShare' || value <= 1);
    if (!enough) throw new Error(`--${name} is ${text}, which is no such number.`);
    return [[field, value]];
  });
  const content = contentKinds.find((kind) => kind === (values['content'] ?? usualScenario.content));
  if (content === undefined) throw new Error(`--content is one of ${contentKinds.join(', ')}.`);
  return { ...usualScenario, ...Object.fromEntries(changes), content };
}
