import type { IncomingMessage, RequestOptions } from 'node:http';
import process from 'node:process';

import { SignatureV4, type SignatureV4CryptoInit, type SignatureV4Init } from '@smithy/signature-v4';

import type { Clock } from '../core/ports/clock.ts';

export type SecretsManagerSettings = {
  readonly region: string;
  /** Instead of the region's own. */
  readonly endpoint: string | null;
  /** Those of any client of the SDK, and what it hashes with. */
  readonly credentials: SignatureV4Init['credentials'];
  readonly sha256: SignatureV4CryptoInit['sha256'];
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
  const { protocol, hostname, host } = url;
  const unsigned = {
    method: 'POST',
    protocol,
    hostname,
    path: '/',
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body,
  };
  const signer = new SignatureV4({ ...settings, service: 'secretsmanager' });
  const { headers } = await signer.sign(unsigned, { signingDate: new Date(settings.clock.now()) });
  const options = { method: 'POST', headers, signal: AbortSignal.timeout(answerTimeoutMs) };
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
