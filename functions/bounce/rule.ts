import type { Phase, Reply } from '../core/outcome.ts';

/** The reasons there are. */
export type Category =
  | 'invalid_recipient'
  | 'inactive_mailbox'
  | 'invalid_domain'
  | 'mailbox_full'
  | 'too_large'
  | 'spam'
  | 'content'
  | 'reputation'
  | 'authentication'
  | 'policy'
  | 'rate_limited'
  | 'greylisted'
  | 'system'
  | 'network'
  | 'protocol'
  | 'expired'
  | 'delivered'
  | 'unknown';

/**
 * One rule, as data. It holds when every condition that it names holds; the first rule that holds decides.
 *
 * - `reply`: `none` for an attempt that ended without one, else by the basic code's first digit.
 * - `codes`: basic codes.
 * - `enhanced`: subject and detail of the enhanced code (`1.1` of 5.1.1): the class repeats the basic code or is wrong, and
 *   the basic code counts (RFC 3463 §2).
 * - `errors`: our own error codes.
 * - `pattern`: looked for in the reply's text. Bounded repetition only, so that it takes linear time.
 * - `asks`: what the rule says about the next attempt: `greylist_delay` at the least, or a `stated_delay` if one is stated.
 */
export type Rule = {
  readonly id: string;
  readonly when: {
    readonly reply?: readonly ReplyKind[];
    readonly phases?: readonly Phase[];
    readonly codes?: readonly number[];
    readonly enhanced?: readonly string[];
    readonly errors?: readonly string[];
    readonly pattern?: RegExp;
  };
  readonly category: Category;
  readonly asks?: 'greylist_delay' | 'stated_delay';
  /** Where the rule comes from. */
  readonly source: string;
};

export type ReplyKind = 'none' | 'positive' | 'temporary' | 'permanent';

/** How a reply's basic code reads (RFC 5321 §4.2.1). */
export function replyKind(reply: Reply | null): ReplyKind {
  if (reply === null) return 'none';
  if (reply.code >= 500) return 'permanent';
  return reply.code >= 400 ? 'temporary' : 'positive';
}
