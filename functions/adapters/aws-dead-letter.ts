import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** An attribute's value has its share of the message; one sentence is enough. */
const whyCharacters = 1_000;

/** Puts a body that cannot be worked on, as it came, on the dead-letter queue, the reason beside it. */
export async function sendDeadLetter(sqs: SQSClient, queueUrl: string, body: string, why: string): Promise<void> {
  const MessageAttributes = { why: { DataType: 'String', StringValue: why.slice(0, whyCharacters) } };
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes }));
}
