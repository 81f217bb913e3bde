import type { IncomingMessage, RequestOptions } from 'node:http';
import process from 'node:process';

import type { Clock } from '../core/ports/clock.ts';
import { type AwsCredentials, signedHeaders } from './aws-signature.ts';

export type SecretsManagerSettings = {
  readonly region: string;
  /** Instead of the region's own. */
  readonly endpoint: string | null;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly clock: Clock;
};

const attempts = 4;
const firstPauseMs = 100;
const answerTimeoutMs = 2_000;

type Answer = { readonly status: number; readonly body: string };

/**
 * Reads the text of a secret in AWS Secrets Manager. It is the one call we make of that service, and at every start: its
 * client in the SDK would be a twentieth of what a function loads. Rejects with one sentence without the secret.
 */
export async function readSecret(arn: string, settings: SecretsManagerSettings): Promise<string> {
  const { region, endpoint, clock } = settings;
  // The partition of China has a suffix of its own: https://docs.aws.amazon.com/general/latest/gr/asm.html
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = endpoint ?? `https://secretsmanager.${region}.${suffix}`;
  const body = JSON.stringify({ SecretId: arn });
  let pauseMs = firstPauseMs;
  for (let attempt = 1; ; attempt++) {
    const answer = await post(base, body, settings);
    const secret = answer.status === 200 ? secretIn(answer.body) : null;
    if (secret !== null) return secret;
    const final = answer.status >= 400 && answer.status < 500 && !/Throttl/.test(answer.body);
    if (final || attempt === attempts) {
      throw new Error(
        `Secrets Manager did not give ${arn}: ${answer.status === 200 ? 'it is no text' : whyIn(answer)}.`,
      );
    }
    await clock.sleep(pauseMs);
    pauseMs *= 2;
  }
}

async function post(base: string, body: string, settings: SecretsManagerSettings): Promise<Answer> {
  const url = new URL(base);
  const unsigned = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'secretsmanager.GetSecretValue',
  };
  const scope = { region: settings.region, service: 'secretsmanager' };
  const headers = signedHeaders({ headers: unsigned, body }, scope, await settings.credentials(), settings.clock.now());
  const options = { method: 'POST', headers: { ...headers }, signal: AbortSignal.timeout(answerTimeoutMs) };
  try {
    return await exchange(url, options, body);
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}

// Importing these modules by name would load undici with them (docs/decisions/0014).
function exchange(url: URL, options: RequestOptions, body: string): Promise<Answer> {
  const { request } =
    url.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      textOf(incoming).then((text) => resolve({ status: incoming.statusCode ?? 0, body: text }), reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function secretIn(body: string): string | null {
  try {
    const { SecretString } = JSON.parse(body) as { readonly SecretString?: unknown };
    return typeof SecretString === 'string' ? SecretString : null;
  } catch {
    return null;
  }
}

function whyIn({ status, body }: Answer): string {
  const type = /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(body)?.[1];
  return type ?? (status === 0 ? body : `it answered ${status}`);
}
