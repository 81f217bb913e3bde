import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Category, ReturnedMail } from '../../functions/core/returned/returned-mail.ts';

/** Beside the project, not in it: the mails have a licence of their own. */
const folder = path.resolve(import.meta.dirname, '../../../shared/data/bounces');
const seed = 'postern-bounces-1:';

export type Expected = {
  readonly status: string;
  readonly replycode: string;
  readonly reason: string;
  readonly hardbounce: boolean;
};

export type CorpusMail = { readonly name: string; readonly bytes: Buffer; readonly expected: readonly Expected[] };

/** `BOUNCE_CORPUS` may name another folder with `emails` and `expected.json`. */
export const corpusFolder = process.env['BOUNCE_CORPUS'] ?? folder;
export const corpusIsThere = existsSync(path.join(corpusFolder, 'expected.json'));

/** The two halves, by the order of a hash of seed and name: rules were written looking at the first one only. */
export function corpusHalves(): { readonly training: CorpusMail[]; readonly leftOut: CorpusMail[] } {
  const expected = JSON.parse(readFileSync(path.join(corpusFolder, 'expected.json'), 'utf8')) as Record<
    string,
    Expected[]
  >;
  const names = Object.keys(expected)
    .map((name) => ({ name, order: createHash('sha256').update(`${seed}${name}`).digest('hex') }))
    .toSorted((one, other) => (one.order < other.order ? -1 : 1));
  const mails = names.map(({ name }) => ({
    name,
    bytes: readFileSync(path.join(corpusFolder, 'emails', name)),
    expected: expected[name] ?? [],
  }));
  const half = Math.ceil(mails.length / 2);
  return { training: mails.slice(0, half), leftOut: mails.slice(half) };
}

const categories: Readonly<Record<string, readonly Category[]>> = {
  userunknown: ['invalid_recipient'],
  hasmoved: ['invalid_recipient'],
  suspend: ['inactive_mailbox'],
  hostunknown: ['invalid_domain'],
  notaccept: ['invalid_domain'],
  mailboxfull: ['mailbox_full'],
  mesgtoobig: ['too_large'],
  exceedlimit: ['too_large'],
  spamdetected: ['spam'],
  contenterror: ['content'],
  virusdetected: ['content'],
  notcompliantrfc: ['content'],
  securityerror: ['content'],
  blocked: ['reputation'],
  badreputation: ['reputation'],
  requireptr: ['reputation'],
  authfailure: ['authentication'],
  policyviolation: ['policy'],
  rejected: ['policy'],
  norelaying: ['policy'],
  filtered: ['policy'],
  toomanyconn: ['rate_limited'],
  speeding: ['rate_limited'],
  onhold: ['greylisted', 'unknown'],
  systemerror: ['system'],
  systemfull: ['system'],
  mailererror: ['system'],
  networkerror: ['network'],
  failedstarttls: ['network'],
  syntaxerror: ['protocol'],
  expired: ['expired'],
  feedback: ['complaint'],
  vacation: ['auto_reply'],
  delivered: ['delivered'],
  undefined: ['unknown'],
};

const suppressed = new Set(['userunknown', 'hasmoved', 'hostunknown', 'notaccept', 'feedback']);
// What leaves no doubt that the mailbox is meant, read without any rule of the product.
const namesMailbox =
  /<[^<>\s@]+@[^<>\s]+>[.:]{0,3} ?user unknown|does not exist|no such user|mailbox unavailable|doesn't have a|unknown user|user unknown in/i;

/** One expected recipient beside what was read of it. */
export type Line = {
  readonly name: string;
  readonly reason: string;
  readonly categories: readonly Category[];
  readonly suppress: boolean;
  readonly got: { readonly category: Category; readonly suppress: boolean; readonly rule: string };
};

/** Compares a mail with its labels in order. `byTable` reads `filtered` as the table of categories does: by its text. */
export function linesOf(mail: CorpusMail, read: ReturnedMail, byTable: boolean): Line[] {
  const text = mail.bytes.toString('latin1').replace(/\s+/g, ' ');
  const count = Math.max(mail.expected.length, read.recipients.length);
  return Array.from({ length: count }, (_, index) => {
    const wanted = mail.expected[index];
    const got = read.recipients[index] ?? { category: 'unknown' as const, suppress: false, rule: 'not-found' };
    const reason = wanted?.reason ?? 'nobody';
    const named = byTable && reason === 'filtered' && namesMailbox.test(text);
    const isSuspension = reason === 'suspend' && wanted?.status.startsWith('5') === true;
    return {
      name: mail.name,
      reason,
      categories: named ? (['invalid_recipient'] as const) : (categories[reason] ?? []),
      suppress: named || suppressed.has(reason) || isSuspension,
      got,
    };
  });
}

export type Score = {
  readonly lines: number;
  readonly precision: number;
  readonly recall: number;
  readonly right: number;
  readonly uncategorised: number;
};

/** Shares of lines. An uncategorised line is one that the labels do have a category for. */
export function scoreOf(lines: readonly Line[]): Score {
  const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);
  const hits = lines.filter((line) => line.suppress && line.got.suppress).length;
  return {
    lines: lines.length,
    precision: share(hits, lines.filter((line) => line.got.suppress).length),
    recall: share(hits, lines.filter((line) => line.suppress).length),
    right: share(lines.filter(isRight).length, lines.length),
    uncategorised: share(
      lines.filter((line) => line.got.category === 'unknown' && !line.categories.includes('unknown')).length,
      lines.length,
    ),
  };
}

export function isRight(line: Line): boolean {
  return line.categories.includes(line.got.category);
}
