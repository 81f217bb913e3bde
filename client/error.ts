/** One refused field: `pointer` is a JSON pointer into the body. */
export type PosternFieldError = { readonly pointer: string; readonly code: string; readonly detail: string };

export type PosternErrorFields = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly errors: readonly PosternFieldError[];
  readonly retryAfterMs: number | null;
};

/** Why a request did not succeed, after all its attempts. */
export class PosternError extends Error implements PosternErrorFields {
  override readonly name = 'PosternError';
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /**
   * Stable: decide by this one. That of the problem, or `network_error` and `timeout` (no answer; whether the request was
   * taken is not known) or `unexpected_answer` (something between here and Postern answered).
   */
  readonly code: string;
  /** One sentence for a person. */
  readonly detail: string;
  /** Names the request in Postern's log. */
  readonly requestId: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The refused fields of a `validation_error`. */
  readonly errors: readonly PosternFieldError[];
  /** How long Postern asked to wait. */
  readonly retryAfterMs: number | null;

  constructor(fields: PosternErrorFields, options?: { readonly cause?: unknown }) {
    super(`${fields.code}: ${fields.detail}`, options);
    this.status = fields.status;
    this.code = fields.code;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
    this.retryable = fields.retryable;
    this.errors = fields.errors;
    this.retryAfterMs = fields.retryAfterMs;
  }
}
