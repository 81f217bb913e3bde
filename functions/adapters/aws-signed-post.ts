import type { IncomingMessage, RequestOptions } from 'node:http';
import process from 'node:process';

import { SignatureV4, type SignatureV4CryptoInit, type SignatureV4Init } from '@smithy/signature-v4';

import type { Clock } from '../core/ports/clock.ts';

/** What calls to services need whose client in the SDK would be a twentieth of what a function loads, for one call. */
export type AwsCallSettings = {
  readonly region: string;
  /** Instead of the region's own. */
  readonly endpoint: string | null;
  /** Those of any client of the SDK, and what it hashes with. */
  readonly credentials: SignatureV4Init['credentials'];
  readonly sha256: SignatureV4CryptoInit['sha256'];
  readonly clock: Clock;
};

/** One POST to a service at its root. `service` is its name in signatures, and in its host unless `host` is given. */
export type AwsPost = {
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
};

/** `status` 0 is no answer: `body` says why then. */
export type AwsAnswer = { readonly status: number; readonly body: string };

const attempts = 4;
const firstPauseMs = 100;

/**
 * Posts, signed anew each time, until an answer is worth no other try: up to four times, with pauses that double from 0.1
 * seconds. `isLast` judges a 200; what was throttled, what a service has failed to do and what got no answer is tried again,
 * any other refusal is not. Never rejects, unless there are no credentials.
 */
export async function signedPost(
  postOf: () => AwsPost,
  isLast: (answer: AwsAnswer) => boolean,
  settings: AwsCallSettings,
): Promise<AwsAnswer> {
  let pauseMs = firstPauseMs;
  for (let attempt = 1; ; attempt++) {
    const answer = await postOnce(postOf(), settings);
    const isFinal = answer.status === 200 ? isLast(answer) : isRefusal(answer);
    if (isFinal || attempt === attempts) return answer;
    await settings.clock.sleep(pauseMs);
    pauseMs *= 2;
  }
}

/** The word for what was the matter, in either of the forms in which services say it. */
export function whyRefused({ status, body }: AwsAnswer): string {
  const type = /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(body)?.[1] ?? /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  return type ?? (status === 0 ? body : `it answered ${status}`);
}

function isRefusal({ status, body }: AwsAnswer): boolean {
  return status >= 400 && status < 500 && status !== 429 && !/Throttl|TooManyRequests/.test(body);
}

async function postOnce({ service, headers, body, timeoutMs }: AwsPost, settings: AwsCallSettings): Promise<AwsAnswer> {
  const { region, endpoint, clock } = settings;
  // The partition of China has a suffix of its own: https://docs.aws.amazon.com/general/latest/gr/asm.html
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(endpoint ?? `https://${service}.${region}.${suffix}`);
  const { protocol, hostname, host } = url;
  const unsigned = { method: 'POST', protocol, hostname, path: '/', headers: { host, ...headers }, body };
  const signer = new SignatureV4({ ...settings, service });
  const signed = await signer.sign(unsigned, { signingDate: new Date(clock.now()) });
  const options = { method: 'POST', headers: signed.headers, signal: AbortSignal.timeout(timeoutMs) };
  try {
    return await exchange(url, options, body);
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}

// Importing these modules by name would load undici with them (docs/decisions/0014).
function exchange(url: URL, options: RequestOptions, body: string): Promise<AwsAnswer> {
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
