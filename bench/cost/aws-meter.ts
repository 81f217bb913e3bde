import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { AwsAnswer, AwsCall } from '../../test/adapters/faulty-proxy.ts';
import { createWriteMeter } from '../../test/adapters/write-units.ts';
import type { Tally } from './bill.ts';
import { itemBytes, readUnits, type WireItem } from './dynamodb-units.ts';
import { sqsRequests } from './metered.ts';

/** Runs after a call was answered, with the answer. */
type After = (answer: AwsAnswer) => Promise<void>;

type Message = { readonly MessageBody?: string; readonly Body?: string };
type Read = { readonly Keys?: readonly WireItem[]; readonly ConsistentRead?: boolean };

/**
 * Counts what AWS bills for each call it is shown, into the tally, under items that begin with the stage it is told. `client`
 * looks at items and must not pass by the meter. Throws for a call that it does not know the price of.
 */
export function createAwsMeter(
  client: DynamoDBClient,
  tally: Tally,
): {
  readonly around: (call: AwsCall) => Promise<After>;
  stage: string;
} {
  const writes = createWriteMeter(client);
  const meter = {
    stage: '',
    async around(call: AwsCall): Promise<After> {
      const { stage } = meter;
      const { operation, body } = call;
      switch (operation) {
        case 'PutItem':
        case 'UpdateItem':
        case 'DeleteItem': {
          const units = await writes.around(call);
          return async () => tally.add(`${stage}: writes`, 'write_unit', await units());
        }
        case 'GetItem':
        case 'BatchGetItem':
        case 'Query':
          return async (answer) =>
            tally.add(
              `${stage}: reads`,
              'read_unit',
              unitsOfRead(operation, JSON.parse(body), JSON.parse(answer.body)),
            );
        default:
          return async (answer) => countOther(tally, stage, call, answer);
      }
    },
  };
  return meter;
}

function countOther(tally: Tally, stage: string, { operation, body }: AwsCall, answer: AwsAnswer): void {
  switch (operation) {
    case 'SendMessage':
      return tally.add('SQS, sent', 'sqs_request', sqsRequests(bytesOf([JSON.parse(body)])));
    case 'SendMessageBatch':
      return tally.add('SQS, sent', 'sqs_request', sqsRequests(bytesOf(JSON.parse(body).Entries)));
    case 'ReceiveMessage': {
      const { Messages = [] } = JSON.parse(answer.body);
      const item = Messages.length > 0 ? 'SQS, received' : 'SQS, nothing there to receive';
      return tally.add(item, 'sqs_request', sqsRequests(bytesOf(Messages)));
    }
    case 'DeleteMessage':
    case 'DeleteMessageBatch':
      return tally.add('SQS, deleted', 'sqs_request', 1);
    case 'ChangeMessageVisibility':
    case 'ChangeMessageVisibilityBatch':
      return tally.add('SQS, given back', 'sqs_request', 1);
    case 'PUT':
    case 'POST':
      return tally.add(`${stage}: objects written`, 's3_put', 1);
    case 'GET':
    case 'HEAD':
      return tally.add(`${stage}: objects read`, 's3_get', 1);
    case 'DELETE':
      return;
    default:
      throw new Error(`What ${operation} costs is not known.`);
  }
}

function bytesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { MessageBody, Body }) => sum + Buffer.byteLength(MessageBody ?? Body ?? ''), 0);
}

// Every item of a batch is rounded up by itself, and so is a key that nothing stands under; a query is rounded up as a whole.
function unitsOfRead(
  operation: 'GetItem' | 'BatchGetItem' | 'Query',
  request: Read & { readonly RequestItems?: Readonly<Record<string, Read>> },
  answer: {
    readonly Item?: WireItem;
    readonly Items?: readonly WireItem[];
    readonly Responses?: Readonly<Record<string, readonly WireItem[]>>;
    readonly UnprocessedKeys?: Readonly<Record<string, Read>>;
  },
): number {
  const consistent = request.ConsistentRead === true;
  switch (operation) {
    case 'GetItem':
      return readUnits(itemBytes(answer.Item ?? {}), consistent);
    case 'Query':
      return readUnits(
        (answer.Items ?? []).reduce((sum, item) => sum + itemBytes(item), 0),
        consistent,
      );
    case 'BatchGetItem':
      return Object.entries(request.RequestItems ?? {}).reduce((sum, [table, { Keys = [], ConsistentRead }]) => {
        const found = answer.Responses?.[table] ?? [];
        const absent = Keys.length - found.length - (answer.UnprocessedKeys?.[table]?.Keys?.length ?? 0);
        const units = found.map((item) => readUnits(itemBytes(item), ConsistentRead === true));
        return sum + units.reduce((all, one) => all + one, 0) + absent * readUnits(0, ConsistentRead === true);
      }, 0);
  }
}
