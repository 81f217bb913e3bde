import { expect, it } from 'vitest';

import { signedHeaders } from '../../functions/adapters/aws-signature.ts';

const scope = { region: 'us-east-1', service: 'service' };
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const time = Date.UTC(2015, 7, 30, 12, 36);

it('signs as the test suite of Signature Version 4 does (post-vanilla)', () => {
  const headers = signedHeaders({ headers: { host: 'example.amazonaws.com' }, body: '' }, scope, credentials, time);
  expect(headers).toEqual({
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
      'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  });
});

it('signs the body, every header and the token of a session', () => {
  const signatureOf = (body: string, target: string, sessionToken?: string): string => {
    const headers = { host: 'example.amazonaws.com', 'x-amz-target': target };
    return signedHeaders({ headers, body }, scope, { ...credentials, sessionToken }, time)['authorization'] ?? '';
  };
  const all = [signatureOf('a', 'b'), signatureOf('b', 'b'), signatureOf('a', 'c'), signatureOf('a', 'b', 'token')];
  expect(new Set(all).size).toBe(4);
  expect(all[3]).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target,');
});
