import { bodyOf, errorOf, silence } from './answer.ts';
import { PosternError } from './error.ts';
import { retryDelayMs } from './retry.ts';

/** What can be set for one request, or for all of a client. */
export type RequestOptions = {
  /** How often a request that failed is sent again; 4 unless told otherwise. */
  readonly maxRetries?: number | undefined;
  /** For each attempt, the reading of the answer included; 30 seconds unless told otherwise. */
  readonly timeoutMs?: number | undefined;
  /** Ends the request, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

export type OutgoingRequest = RequestOptions & {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Whether sending it twice does nothing twice. */
  readonly repeatable: boolean;
  /** Told the header fields of the answer, when it is no error. */
  readonly onAnswer?: ((headers: Headers) => void) | undefined;
};

const defaultMaxRetries = 4;
const defaultTimeoutMs = 30_000;

/** Sends a request, again while that can help, and answers with the body. Throws a PosternError, or the reason of the signal. */
export async function send(request: OutgoingRequest): Promise<unknown> {
  const { maxRetries = defaultMaxRetries, repeatable, signal } = request;
  for (let attempts = 1; ; attempts += 1) {
    signal?.throwIfAborted();
    const result = await attempt(request);
    if (!(result instanceof PosternError)) return result.body;
    const delayMs = retryDelayMs({ error: result, attempts, maxRetries, repeatable, random: Math.random() });
    if (delayMs === null) throw result;
    await pause(delayMs, signal);
  }
}

async function attempt(request: OutgoingRequest): Promise<{ readonly body: unknown } | PosternError> {
  const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  const { method, headers, body, signal } = request;
  try {
    const response = await request.fetch(request.url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      // A key is for the address it was given with, and for no other.
      redirect: 'manual',
    });
    if (!response.ok) return await errorOf(response, Date.now());
    const answered = { body: await bodyOf(response) };
    request.onAnswer?.(response.headers);
    return answered;
  } catch (cause) {
    signal?.throwIfAborted();
    return silence(cause, timeout.aborted);
  }
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', ended);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', ended, { once: true });
  });
}
