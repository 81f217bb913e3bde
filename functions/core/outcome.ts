/** How far an SMTP attempt had come when it ended. */
export type Phase =
  | 'dns'
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'dot';

/** A server's reply: `code` is the basic code, `text` is escaped, on one line and at most `limits.storedReplyOctets` long. */
export type Reply = { readonly code: number; readonly enhancedCode: string | null; readonly text: string };

/** TLS as it was in the session; `policy` is the rule that demanded it (`TlsRule`). */
export type TlsEvidence = {
  readonly protocol: string;
  readonly cipher: string;
  readonly verified: boolean;
  readonly policy: string;
};

/** What an attempt saw of the far side; `error` is ours: a stable code and one sentence. */
export type Evidence = {
  readonly phase: Phase;
  readonly host: string | null;
  readonly ip: string | null;
  readonly port: number | null;
  readonly tls: TlsEvidence | null;
  readonly reply: Reply | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
};

/**
 * What else is known of the session that an outcome comes from; none of it is kept in the ledger. `phasesMs` has the phases that
 * were gone through at the host, and `dns` for finding it; a connection that was there already has none before `mail`.
 */
export type SessionTrace = {
  readonly phasesMs: Readonly<Partial<Record<Phase, number>>>;
  /** A UUID of the connection, the same for all mail on it; `null` where there was none. */
  readonly sessionId: string | null;
  /** Our end of it, as in `192.0.2.1:41234` or `[2001:db8::1]:41234`. */
  readonly localAddress: string | null;
  /** The source address of the settings that was taken, by its EHLO name or else itself. */
  readonly source: string | null;
  /** The subject of the certificate that the server showed, a part an entry, escaped and bounded; `null` without TLS. */
  readonly peerSubject: readonly string[] | null;
};

/**
 * What one attempt observed for one recipient, with the session if there was a host.
 *
 * - `delivered`, `relayed`: a well-formed final 2yz to our complete message, from its MX or from a smarthost. `complains`: of a
 *   simulated recipient, who calls it spam at once.
 * - `deferred`: 4yz or no answer; nothing can have been taken over. `cause` is `message` when the far side spoke about this
 *   message, `host` when it was out of reach, `route` when the route itself is at fault (login, TLS, configuration) and the
 *   message is not to blame, `interrupted` when we ended the attempt ourselves.
 * - `bounced`: a well-formed 5yz to MAIL, RCPT, DATA or the final dot, or a recorded rule of our own (`local`).
 * - `in_doubt`: the attempt ended after the server could hold the whole message and before its verdict was known.
 */
export type Outcome = Observed & { readonly session?: SessionTrace };

type Observed =
  | { readonly kind: 'delivered'; readonly evidence: Evidence; readonly complains?: true }
  | { readonly kind: 'relayed'; readonly evidence: Evidence }
  | {
      readonly kind: 'deferred';
      readonly evidence: Evidence;
      readonly cause: 'message' | 'host' | 'route' | 'interrupted';
    }
  | { readonly kind: 'bounced'; readonly evidence: Evidence; readonly source: 'smtp' | 'local' }
  | { readonly kind: 'in_doubt'; readonly evidence: Evidence };
