/** A signed request, ready to go. */
export type WebhookRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * What came back. `ip` is the address that was spoken to. `body` is the beginning of the answer's, escaped, on one line, at most
 * `limits.storedAnswerOctets`; `retryAfterMs` what its Retry-After asks for. An `error` has no status: `code` is a stable
 * snake_case word, `detail` one sentence.
 */
export type WebhookAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly retryAfterMs: number | null;
      readonly ip: string | null;
    }
  | { readonly kind: 'error'; readonly code: string; readonly detail: string; readonly ip: string | null };

/** Posts to endpoints that anybody may have named. */
export interface WebhookSender {
  /**
   * One POST: the address that was vetted is the one that is dialled, certificates are verified, no redirect is followed, and
   * time and size of the answer are bounded. Never rejects; what goes wrong is an `error`.
   */
  post(request: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer>;
  /** Ends idle connections. */
  close(): void;
}
