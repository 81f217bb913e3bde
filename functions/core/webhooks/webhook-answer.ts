import { limits } from '../limits.ts';

/** Why there was no answer: a stable snake_case word and one sentence. */
export type WebhookFailure = { readonly code: string; readonly detail: string };

const seconds = /^\d{1,9}$/;
const untrusted = /CERT|SELF_SIGNED|ALTNAME|ISSUER|VERIFY/;

/** What is kept of an answer's body: its beginning, on one line, with nothing in it that a terminal or a log would obey. Pure. */
export function storedAnswer(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, limits.storedAnswerOctets)).toString().trim();
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029\\]/gu, (character) =>
    character === '\\' ? '\\\\' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** What a Retry-After in seconds (RFC 9110 §10.2.3) asks for; `null` for a date, which few send, and for anything else. Pure. */
export function askedWaitMs(retryAfter: string | undefined): number | null {
  return retryAfter !== undefined && seconds.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
}

/** What an error of the platform means, by its code. Pure. */
export function failureOfCode(code: string): WebhookFailure {
  if (code === 'ABORT_ERR' || code === 'AbortError' || code === 'TimeoutError') {
    return { code: 'answer_timeout', detail: 'The endpoint did not answer in time.' };
  }
  if (untrusted.test(code)) {
    return { code: 'certificate_not_trusted', detail: `The certificate of the endpoint is not trusted (${code}).` };
  }
  if (/SSL|TLS/.test(code)) return { code: 'tls_failed', detail: `TLS with the endpoint failed (${code}).` };
  if (code.startsWith('HPE_')) return { code: 'malformed_answer', detail: `The answer is not HTTP (${code}).` };
  return { code: 'connection_failed', detail: `The connection failed (${code}).` };
}
