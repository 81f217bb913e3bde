import { createHmac, hash } from 'node:crypto';

/** What the SDK's chain of credentials ends in. */
export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

/** A POST to the root of a service; names of headers in lower case, `host` among them. */
export type UnsignedPost = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * The headers of a POST to `/`, with its signature. `time` is in milliseconds since 1970. Pure.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedHeaders(
  { headers, body }: UnsignedPost,
  { region, service }: { readonly region: string; readonly service: string },
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  time: number,
): Readonly<Record<string, string>> {
  const stamp = new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const date = stamp.slice(0, 'YYYYMMDD'.length);
  const signed = {
    ...headers,
    'x-amz-date': stamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const entries = Object.entries(signed).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = entries.map(([name]) => name).join(';');
  const lines = entries.map(([name, value]) => `${name}:${value}\n`).join('');
  const request = ['POST', '/', '', lines, names, hash('sha256', body)].join('\n');
  const scope = [date, region, service, 'aws4_request'];
  const toSign = [algorithm, stamp, scope.join('/'), hash('sha256', request)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const credential = `Credential=${accessKeyId}/${scope.join('/')}`;
  const signature = hmac(key, toSign).toString('hex');
  return { ...signed, authorization: `${algorithm} ${credential}, SignedHeaders=${names}, Signature=${signature}` };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
