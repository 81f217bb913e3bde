type Kind = { readonly status: number; readonly title: string; readonly retryable: boolean };

/** Every problem the API answers with, by its stable code. `retryable`: the same request may succeed later. */
export const problemKinds = {
  invalid_json: { status: 400, title: 'The body is not acceptable JSON', retryable: false },
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is malformed', retryable: false },
  invalid_cursor: { status: 400, title: 'The cursor is not one of ours', retryable: false },
  malformed_request: { status: 400, title: 'The request is malformed', retryable: false },
  body_incomplete: { status: 400, title: 'The body ended early', retryable: true },
  unauthorized: { status: 401, title: 'No valid API key', retryable: false },
  insufficient_scope: { status: 403, title: 'The API key may not do this', retryable: false },
  sender_not_allowed: { status: 403, title: 'The sender is not allowed', retryable: false },
  recipient_not_allowed: { status: 403, title: 'A recipient is not allowed', retryable: false },
  not_found: { status: 404, title: 'Not found', retryable: false },
  method_not_allowed: { status: 405, title: 'Method not allowed', retryable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retryable: true },
  idempotency_in_progress: { status: 409, title: 'The first request is still running', retryable: true },
  not_reschedulable: { status: 409, title: 'The email can no longer be rescheduled', retryable: false },
  not_cancelable: { status: 409, title: 'The email can no longer be canceled', retryable: false },
  key_not_revocable: { status: 409, title: 'The API key cannot be revoked', retryable: false },
  too_many_keys: { status: 409, title: 'The project has too many API keys', retryable: false },
  domain_exists: { status: 409, title: 'The project has this domain already', retryable: false },
  too_many_domains: { status: 409, title: 'The project has too many domains', retryable: false },
  too_many_webhooks: { status: 409, title: 'The project has too many webhooks', retryable: false },
  webhook_disabled: { status: 409, title: 'The webhook is disabled', retryable: false },
  content_expired: { status: 410, title: 'The content is no longer kept', retryable: false },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'Unsupported media type', retryable: false },
  expectation_failed: { status: 417, title: 'The expectation cannot be met', retryable: false },
  validation_error: { status: 422, title: 'The request is not valid', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request', retryable: false },
  recipient_suppressed: { status: 422, title: 'A recipient is suppressed', retryable: false },
  headers_too_large: { status: 431, title: 'The header fields are too large', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  internal_error: { status: 500, title: 'Internal error', retryable: true },
  unavailable: { status: 503, title: 'Temporarily unavailable', retryable: true },
} as const satisfies Record<string, Kind>;

export type ProblemCode = keyof typeof problemKinds;
export type StatusOf<Code extends ProblemCode> = (typeof problemKinds)[Code]['status'];

/** The body of an error answer (RFC 9457 §3.1 with members of our own). */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  retryable: boolean;
  errors?: { pointer: string; code: string; detail: string }[] | undefined;
};

/**
 * The body of a problem. `type` is relative to the API's own address (RFC 9457 §3.1.1), so that it holds wherever the
 * product is deployed.
 */
export function problemOf(code: ProblemCode, detail: string, requestId: string): Problem {
  const { status, title, retryable } = problemKinds[code];
  return { type: `/problems/${code}`, title, status, code, detail, request_id: requestId, retryable };
}
