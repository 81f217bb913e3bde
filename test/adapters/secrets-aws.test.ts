import { createHmac, hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { readSecret } from '../../functions/adapters/secrets-aws.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const time = Date.UTC(2026, 10, 25, 12, 36);

type Received = { readonly headers: IncomingMessage['headers']; readonly body: string };

let server: Server;
let received: Received[];

beforeAll(async () => {
  received = [];
  server = createServer((incoming, answer) => {
    void keep(incoming).then((body) => answer.end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function keep(incoming: IncomingMessage): Promise<string> {
  const body = Buffer.concat((await incoming.toArray()) as Buffer[]).toString();
  received.push({ headers: incoming.headers, body });
  return JSON.stringify({ SecretString: 'open' });
}

/** What Secrets Manager computes of a request to compare with its signature: the steps of the IAM user guide, "Create a signed AWS API request". */
function signatureOf({ headers, body }: Received, names: string, scope: string): string {
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, hash('sha256', body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash('sha256', canonical)].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

it.each([undefined, 'the token of a session'])(
  'a secret is asked for with a signature that holds (%s)',
  async (token) => {
    const { sha256 } = new DynamoDBClient({ region: 'eu-central-1' }).config;
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, ...(token && { sessionToken: token }) };
    const { port } = server.address() as AddressInfo;
    const secret = await readSecret(arn, {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: async () => credentials,
      sha256,
      clock: { now: () => time, sleep: async () => undefined },
    });
    expect(secret).toBe('open');
    const request = received.at(-1);
    if (request === undefined) throw new Error('Nothing was asked.');
    const form = /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/([^,]+), SignedHeaders=([^,]+), Signature=(.+)$/;
    const [, scope = '', names = '', signature] = form.exec(request.headers.authorization ?? '') ?? [];
    expect(scope).toBe('20261125/eu-central-1/secretsmanager/aws4_request');
    expect(signature).toBe(signatureOf(request, names, scope));
    expect(names.split(';')).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target']));
    expect([request.headers['x-amz-security-token'], names.includes('x-amz-security-token')]).toEqual([
      token,
      token !== undefined,
    ]);
  },
);
