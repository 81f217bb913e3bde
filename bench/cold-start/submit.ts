// What a submit function on Lambda loads before its first request: the whole API, the composer and the AWS clients.
import { DynamoDBClient, GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { handle } from 'hono/aws-lambda';

import { createApp } from '../../functions/http/app.ts';
import type { AppPorts } from '../../functions/http/ports.ts';
import { createComposer } from '../../functions/mime/compose.ts';
import { problemOfDraft } from '../../functions/mime/draft-problem.ts';

// It is loaded here and never asked: every port but the limits is a function that says so.
const ports = new Proxy({} as AppPorts, {
  get: (_, name) => (name === 'limits' ? { maxRequestBytes: 6_000_000, maxBytesInFlight: 6_000_000 } : unasked),
});

export const handler = handle(createApp(ports));

export const loaded = {
  composer: createComposer({ bytes: (count) => crypto.getRandomValues(new Uint8Array(count)), fraction: () => 0 }),
  problemOfDraft,
  database: { client: new DynamoDBClient({}), commands: [GetItemCommand, QueryCommand, TransactWriteItemsCommand] },
  queue: { client: new SQSClient({}), commands: [SendMessageBatchCommand] },
  // Only content that does not fit into a queue message needs the object store.
  objectStore: () => import('./object-store.ts'),
};

function unasked(): never {
  throw new Error('This bundle is measured, not used.');
}
