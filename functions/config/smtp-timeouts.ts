import { durationForm, parseDuration } from '../core/duration.ts';
import { type Environment, refuse, valueOf } from './environment.ts';

/** How long each part of an attempt may take, in milliseconds, absolute rather than since the last octet. */
export type SmtpTimeouts = {
  readonly connectMs: number;
  readonly greetingMs: number;
  /** EHLO, STARTTLS with its handshake, AUTH, MAIL and RCPT, each. */
  readonly commandMs: number;
  readonly dataMs: number;
  /** Each block of content. */
  readonly blockMs: number;
  readonly dotMs: number;
  /** The whole session. */
  readonly sessionMs: number;
  /** Finding the route. */
  readonly dnsMs: number;
  /** Fetching an MTA-STS policy. */
  readonly policyMs: number;
};

const second = 1_000;
const minute = 60 * second;

/** RFC 5321 §4.5.3.2 for greeting, command, data, block and dot. The session ends within what a Lambda function may run. */
const defaults: SmtpTimeouts = {
  connectMs: 30 * second,
  greetingMs: 5 * minute,
  commandMs: 5 * minute,
  dataMs: 2 * minute,
  blockMs: 3 * minute,
  dotMs: 10 * minute,
  sessionMs: 14 * minute,
  dnsMs: 20 * second,
  policyMs: 30 * second,
};

const name = 'POSTERN_SMTP_TIMEOUTS';

/** Reads `connect=30s,greeting=5m,…`; what is not named keeps its default. */
export function readSmtpTimeouts(environment: Environment): SmtpTimeouts {
  const value = valueOf(environment, name);
  if (value === null) return defaults;
  const names = Object.keys(defaults).map((key) => key.slice(0, -'Ms'.length));
  const timeouts: Record<keyof SmtpTimeouts, number> = { ...defaults };
  const seen = new Set<string>();
  for (const entry of value.split(',')) {
    const [key = '', duration = '', ...rest] = entry.split('=').map((part) => part.trim());
    const ms = parseDuration(duration);
    if (!names.includes(key) || seen.has(key) || rest.length > 0 || ms === null || ms === 0) {
      refuse(
        name,
        value,
        `a comma list of ${names.join(', ')}, each once at most, as in connect=30s, where a time is ${durationForm}, above zero`,
      );
    }
    seen.add(key);
    timeouts[`${key}Ms` as keyof SmtpTimeouts] = ms;
  }
  return timeouts;
}
