import { PosternError, type PosternFieldError } from './error.ts';
import { parseRetryAfter } from './retry.ts';

type Json = Readonly<Record<string, unknown>>;

// What stands between a client and Postern says so by these (RFC 9110 §15.6, RFC 6585).
const gatewayStatuses = [429, 502, 503, 504];

/** The body of a successful answer: parsed when it is JSON, `undefined` when there is none, else its text. */
export async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  return isJson(response) ? ((await response.json()) as unknown) : response.text();
}

/** The error that an answer without success stands for. */
export async function errorOf(response: Response, now: number): Promise<PosternError> {
  const text = await response.text();
  const problem = isJson(response) ? problemIn(text) : null;
  const shared = {
    status: response.status,
    requestId: response.headers.get('request-id'),
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), now),
  };
  if (problem === null) {
    return new PosternError({
      ...shared,
      code: 'unexpected_answer',
      detail: `The answer ${response.status} is none of Postern's.`,
      retryable: gatewayStatuses.includes(response.status),
      errors: [],
    });
  }
  return new PosternError({
    ...shared,
    code: textOf(problem['code']) ?? 'unexpected_answer',
    detail: textOf(problem['detail']) ?? textOf(problem['title']) ?? '',
    retryable: problem['retryable'] === true,
    errors: Array.isArray(problem['errors']) ? (problem['errors'] as readonly PosternFieldError[]) : [],
  });
}

/** The error for an attempt that got no answer, or none that was complete. */
export function silence(cause: unknown, timedOut: boolean): PosternError {
  return new PosternError(
    {
      status: 0,
      code: timedOut ? 'timeout' : 'network_error',
      detail: timedOut ? 'There was no answer in time.' : 'The connection failed before the answer was complete.',
      requestId: null,
      retryable: true,
      errors: [],
      retryAfterMs: null,
    },
    { cause },
  );
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function problemIn(text: string): Json | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed : null;
  } catch {
    return null;
  }
}
