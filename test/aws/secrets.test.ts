import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import type { Fault } from '../adapters/faulty-proxy.ts';
import { awsError } from '../adapters/faulty-proxy.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { bundled, deployToAws } from '../support/aws-deployment.ts';

const arnOf = (name: string): string => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const secrets: Readonly<Record<string, string>> = {
  [arnOf('key')]: 'the key that stands in a secret',
  [arnOf('master')]: 'ab'.repeat(32),
};
const inSecrets = {
  POSTERN_API_KEY: '',
  POSTERN_MASTER_KEY: '',
  POSTERN_API_KEY_SECRET_ARN: arnOf('key'),
  POSTERN_MASTER_KEY_SECRET_ARN: arnOf('master'),
};

let region: AwsRegion;
beforeAll(async () => {
  region = await startAwsRegion();
  await bundled('submit');
}, 60_000);
afterAll(() => region.stop());
beforeEach(() => region.proxy.heal());

/** Secrets Manager, by its JSON protocol. */
function keepSecrets(first: readonly Fault[] = []): void {
  const faults = [...first];
  region.proxy.fail(({ operation, body }) => {
    if (operation !== 'GetSecretValue') return null;
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const SecretString = secrets[SecretId];
    const answer: Fault = { kind: 'answer', status: 200, body: JSON.stringify({ ARN: SecretId, SecretString }) };
    return faults.shift() ?? (SecretString === undefined ? awsError('ResourceNotFoundException') : answer);
  });
}

it('a function takes settings out of the secrets that it is given the ARNs of', async () => {
  keepSecrets();
  const aws = await deployToAws(region, inSecrets);
  const answer = await aws.request('GET', '/v1/emails', { key: 'the key that stands in a secret' });
  expect(answer.statusCode).toBe(200);
});

it('a function asks again when Secrets Manager is busy, and starts', async () => {
  keepSecrets([awsError('ThrottlingException'), awsError('InternalServiceError', 500)]);
  await deployToAws(region, inSecrets);
  expect(region.proxy.calls.filter(({ operation }) => operation === 'GetSecretValue')).toHaveLength(4);
});

it.each([
  [{ POSTERN_API_KEY_SECRET_ARN: arnOf('nothing') }, 'ResourceNotFoundException.'],
  [{ POSTERN_API_KEY_SECRET_ARN: 'canary' }, 'expected the ARN of a secret'],
  [{ POSTERN_MASTER_KEY: Buffer.alloc(32).toString('base64') }, 'POSTERN_MASTER_KEY_SECRET_ARN are both set'],
  [{ POSTERN_MASTER_KEY_SECRET_ARN: arnOf('key') }, 'POSTERN_MASTER_KEY is a value that is not shown'],
])('a function does not start with %j, and says why', async (changes, why) => {
  keepSecrets();
  await expect(deployToAws(region, { ...inSecrets, ...changes })).rejects.toThrow(why);
});

it('a function that does not dial needs no URL of the smarthost', async () => {
  const aws = await deployToAws(region, { POSTERN_ROUTE: 'smarthost' });
  expect((await aws.request('GET', '/v1/emails')).statusCode).toBe(200);
  await expect(aws.sweep({}, { getRemainingTimeInMillis: () => 60_000 })).resolves.toEqual({ moved: 0 });
  await expect(aws.poll()).rejects.toThrow('POSTERN_SMARTHOST_URL is not set');
});
