import type { Phase, Reply } from '../core/outcome.ts';
import type { Category } from '../core/returned/returned-mail.ts';

/**
 * One rule, as data. It holds when every condition that it names holds; the first rule that holds decides.
 *
 * - `reply`: `none` for an attempt that ended without one, else by the basic code's first digit.
 * - `codes`: basic codes.
 * - `enhanced`: subject and detail of the enhanced code (`1.1` of 5.1.1): the class repeats the basic code or is wrong, and
 *   the basic code counts (RFC 3463 §2).
 * - `subjects`: the subject of the enhanced code alone (`7` of 5.7.99), for details that nobody registered.
 * - `errors`: our own error codes.
 * - `hosts`: what the name of the server that spoke, or the recipient's domain, ends with.
 * - `reported`: only what another server reports, or only what was said to us.
 * - `pattern`: looked for in the text, in which addresses are `@`. Bounded repetition only, so that it takes linear time.
 * - `asks`: what the rule says about the next attempt: `greylist_delay` at the least, or a `stated_delay` if one is stated.
 */
export type Rule = {
  readonly id: string;
  readonly when: {
    readonly reply?: readonly ReplyKind[];
    readonly phases?: readonly Phase[];
    readonly codes?: readonly number[];
    readonly enhanced?: readonly string[];
    readonly subjects?: readonly string[];
    readonly errors?: readonly string[];
    readonly hosts?: readonly string[];
    readonly reported?: boolean;
    readonly pattern?: RegExp;
  };
  readonly category: Category;
  readonly asks?: 'greylist_delay' | 'stated_delay';
  /** Where the rule comes from. */
  readonly source: string;
};

export type ReplyKind = 'none' | 'positive' | 'temporary' | 'permanent';

/** What the rules are asked about: a reply that we were given, or one that a report tells of. `null` where it does not say. */
export type Refusal = {
  readonly kind: ReplyKind;
  readonly code: number | null;
  /** Subject and detail of the enhanced code; empty when there is none. */
  readonly enhanced: string;
  /** In one line, addresses replaced by `@`. */
  readonly text: string;
  readonly phase: Phase | null;
  readonly error: string | null;
  /** The server that spoke and the recipient's domain, in lower case, as far as known. */
  readonly hosts: readonly string[];
  readonly reported: boolean;
};

/** How a reply's basic code reads (RFC 5321 §4.2.1). */
export function replyKind(reply: Pick<Reply, 'code'> | null): ReplyKind {
  if (reply === null) return 'none';
  if (reply.code >= 500) return 'permanent';
  return reply.code >= 400 ? 'temporary' : 'positive';
}

/** Whether every condition of a rule holds. Pure, in linear time. */
export function holds({ when }: Rule, refusal: Refusal): boolean {
  const { kind, phase, code, enhanced, error, hosts, reported, text } = refusal;
  if (when.reply !== undefined && !when.reply.includes(kind)) return false;
  if (when.phases !== undefined && !(phase !== null && when.phases.includes(phase))) return false;
  if (when.codes !== undefined && !(code !== null && when.codes.includes(code))) return false;
  if (when.enhanced !== undefined && !when.enhanced.includes(enhanced)) return false;
  if (when.subjects !== undefined && !when.subjects.includes(enhanced.split('.', 1)[0] ?? '')) return false;
  if (when.errors !== undefined && !(error !== null && when.errors.includes(error))) return false;
  if (when.reported !== undefined && when.reported !== reported) return false;
  if (when.hosts !== undefined && !hosts.some((host) => when.hosts?.some((suffix) => endsWithDomain(host, suffix)))) {
    return false;
  }
  return when.pattern === undefined || when.pattern.test(text);
}

function endsWithDomain(host: string, suffix: string): boolean {
  return host === suffix || host.endsWith(`.${suffix}`);
}
