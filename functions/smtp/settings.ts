/** How long each step of a session may take, in milliseconds: absolute, not inactivity (RFC 5321 §4.5.3.2). */
export type SmtpTimeouts = {
  readonly connectMs: number;
  readonly greetingMs: number;
  /** EHLO, STARTTLS with its handshake, AUTH, MAIL, RCPT, RSET. */
  readonly commandMs: number;
  /** DATA until its 354. */
  readonly dataMs: number;
  /** One block of content until the network has taken it. */
  readonly blockMs: number;
  /** The end of the content until the final reply. */
  readonly dotMs: number;
};

/** Caps of one host: it shares its connections with all hosts of the same `group`. */
export type HostCaps = { readonly group: string | null; readonly connections: number; readonly messages: number };

export type SmtpSettings = {
  /** The EHLO name. */
  readonly hostname: string;
  readonly timeouts: SmtpTimeouts;
  readonly minimumRateBytesPerSecond: number;
  readonly maxConnectionsPerHost: number;
  readonly maxMessagesPerConnection: number;
  /** What holds for a host instead of the two above; absent: nothing does. */
  readonly capsOf?: (host: string) => HostCaps;
  /** PEM certificates trusted besides the default ones. */
  readonly trustedCas: readonly string[];
};
