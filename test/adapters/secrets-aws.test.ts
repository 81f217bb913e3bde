import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { readSecret } from '../../functions/adapters/secrets-aws.ts';
import { type AwsCallServer, signatureIn, startAwsCallServer, testSecretKey } from '../support/aws-call-server.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf';
const time = Date.UTC(2026, 10, 25, 12, 36);

let server: AwsCallServer;

beforeAll(async () => {
  server = await startAwsCallServer();
  server.answerWith(() => ({ status: 200, body: JSON.stringify({ SecretString: 'open' }) }));
});
afterAll(() => server.close());

it.each([undefined, 'the token of a session'])(
  'a secret is asked for with a signature that holds (%s)',
  async (token) => {
    const { sha256 } = new DynamoDBClient({ region: 'eu-central-1' }).config;
    const credentials = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: testSecretKey,
      ...(token && { sessionToken: token }),
    };
    const secret = await readSecret(arn, {
      region: 'eu-central-1',
      endpoint: server.endpoint,
      credentials: async () => credentials,
      sha256,
      clock: { now: () => time, sleep: async () => undefined },
    });
    expect(secret).toBe('open');
    const request = server.received.at(-1) ?? expect.fail('Nothing was asked.');
    expect(request.headers.authorization).toContain('Credential=AKIDEXAMPLE/');
    const { scope, names, holds } = signatureIn(request);
    expect([scope, holds]).toEqual(['20261125/eu-central-1/secretsmanager/aws4_request', true]);
    expect(names.split(';')).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target']));
    expect([request.headers['x-amz-security-token'], names.includes('x-amz-security-token')]).toEqual([
      token,
      token !== undefined,
    ]);
  },
);
