import type { Message } from '@aws-sdk/client-sqs';

import { functionEnvironment } from './function-environment.ts';

/** A request as a client makes it; a key is sent unless `key` is `null`. */
export type HttpRequest = {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
};

/** What an HTTP API gets back from a function. */
export type HttpAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (format 2.0)
export function httpEvent(
  method: string,
  target: string,
  { key = functionEnvironment.POSTERN_API_KEY, body, headers, sourceIp }: HttpRequest,
): object {
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const time = Date.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      host: 'api.example',
      'x-forwarded-for': '198.51.100.99',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: sourceIp ?? '192.0.2.1', userAgent: 'test' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: new Date(time).toISOString(),
      timeEpoch: time,
    },
    ...(body === undefined
      ? {}
      : { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)).toString('base64') }),
    isBase64Encoded: body !== undefined,
  };
}

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
export function sqsRecord({
  MessageId: messageId = '',
  ReceiptHandle: receiptHandle = '',
  Body: body = '',
  Attributes,
  MessageAttributes,
}: Message) {
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: 'x', ...Attributes };
  const source = { eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:jobs' };
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes ?? {}).map(([name, { DataType: dataType, StringValue: stringValue }]) => [
      name,
      { dataType, stringValue },
    ]),
  );
  return { messageId, receiptHandle, body, attributes, messageAttributes, ...source, awsRegion: 'us-east-1' };
}

/** What a schedule of EventBridge sends. */
export function scheduleEvent(): object {
  return {
    version: '0',
    id: 'id',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: new Date().toISOString(),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:123456789012:rule/sweep'],
    detail: {},
  };
}
