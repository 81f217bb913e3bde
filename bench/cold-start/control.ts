// The least that puts a request on a queue: Hono and the SQS client.
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';

const queue = new SQSClient({});
const app = new Hono();

app.post('/v1/emails', async (c) => {
  const entry = { Id: '0', MessageBody: await c.req.text() };
  await queue.send(new SendMessageBatchCommand({ QueueUrl: 'https://queue.invalid', Entries: [entry] }));
  return c.json({}, 202);
});

export const handler = handle(app);
