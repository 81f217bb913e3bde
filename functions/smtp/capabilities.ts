import type { ServerReply } from './reply.ts';
import { serverLimits, type ServerLimits } from './server-limits.ts';

/** What a server offered in its EHLO reply, as far as this client has a use for it. */
export type Capabilities = {
  readonly pipelining: boolean;
  readonly chunking: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly dsn: boolean;
  readonly requireTls: boolean;
  readonly startTls: boolean;
  /** Whether SIZE was offered, and with it the parameter of MAIL. */
  readonly size: boolean;
  /**
   * The largest message in octets; `null` is no limit (RFC 1870 §3: 0 or none declared). A value that is no number declares
   * none, and of two the larger one holds: a message that is too large after all is refused by the server itself.
   */
  readonly maxSizeBytes: number | null;
  /** Mechanisms in upper case. */
  readonly auth: ReadonlySet<string>;
  readonly limits: ServerLimits;
};

/** After HELO: nothing is offered. */
export const noCapabilities: Capabilities = capabilitiesOf({ kind: 'reply', code: 250, lines: [] });

/** Reads the lines after the first one of an EHLO reply (RFC 5321 §4.1.1.1). Keywords compare case-insensitively. */
export function capabilitiesOf(reply: ServerReply): Capabilities {
  const offered = new Map<string, string>();
  const mechanisms = new Set<string>();
  const sizes: (number | null)[] = [];
  for (const line of reply.lines.slice(1)) {
    // `AUTH=LOGIN` is how servers spoke before RFC 2554.
    const end = line.search(/[ =]/);
    const keyword = (end < 0 ? line : line.slice(0, end)).toUpperCase();
    const parameters = end < 0 ? '' : line.slice(end + 1);
    if (keyword === 'AUTH') for (const name of parameters.split(' ')) mechanisms.add(name.toUpperCase());
    if (keyword === 'SIZE') sizes.push(sizeIn(parameters));
    offered.set(keyword, parameters);
  }
  return {
    pipelining: offered.has('PIPELINING'),
    chunking: offered.has('CHUNKING'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    dsn: offered.has('DSN'),
    requireTls: offered.has('REQUIRETLS'),
    startTls: offered.has('STARTTLS'),
    size: offered.has('SIZE'),
    maxSizeBytes: sizes.length === 0 || sizes.includes(null) ? null : Math.max(...sizes.map(Number)),
    auth: mechanisms,
    limits: serverLimits(offered.get('LIMITS') ?? ''),
  };
}

function sizeIn(parameters: string): number | null {
  const digits = parameters.trim();
  return /^\d{1,20}$/.test(digits) && Number(digits) > 0 ? Number(digits) : null;
}
