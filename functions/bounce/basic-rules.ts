import type { Rule } from './rule.ts';

/** What is left when neither words nor an enhanced code decided: the basic code in its phase. */
export const basicRules: readonly Rule[] = [
  {
    id: 'service-closing',
    when: { codes: [421], enhanced: ['0.0', ''], reported: false },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'RFC 5321 section 4.2.3: 421 without a reason of its own',
  },
  {
    id: 'code-storage-mailbox',
    when: { codes: [552], phases: ['rcpt'] },
    category: 'mailbox_full',
    source: 'RFC 5321 section 4.2.3',
  },
  {
    id: 'code-storage-message',
    when: { codes: [552] },
    category: 'too_large',
    source: 'RFC 1870 section 6.1',
  },
  {
    id: 'code-mailbox-name',
    when: { codes: [551, 553], phases: ['rcpt'] },
    category: 'invalid_recipient',
    source: 'RFC 5321 section 4.2.3',
  },
  {
    id: 'code-no-mail-here',
    when: { codes: [521, 556] },
    category: 'invalid_domain',
    source: 'RFC 7504 section 4',
  },
  {
    id: 'report-client-refused',
    when: { reported: true, phases: ['greeting', 'ehlo'] },
    category: 'reputation',
    source: 'RFC 5321 section 3.1: before MAIL a server knows nothing but the client',
  },
  {
    id: 'report-service-closing',
    when: { reported: true, codes: [421] },
    category: 'rate_limited',
    source: 'RFC 5321 section 4.2.3: 421 without a reason of its own',
  },
  {
    id: 'code-not-permitted',
    when: { codes: [530, 534, 535, 538, 550, 553], phases: ['greeting', 'ehlo', 'mail'] },
    category: 'policy',
    source: 'RFC 5321 section 4.2.3, RFC 4954 section 6',
  },
  {
    id: 'code-syntax',
    when: { codes: [500, 501, 502, 503, 504, 555] },
    category: 'protocol',
    source: 'RFC 5321 section 4.2.2',
  },
  {
    id: 'report-local-error',
    when: { reported: true, codes: [451] },
    category: 'system',
    source: 'RFC 5321 section 4.2.3: 451, local error in processing',
  },
  {
    id: 'report-temporary',
    when: { reported: true, reply: ['temporary'] },
    category: 'expired',
    source: 'RFC 3464 section 2.3.3: a server that reports has retried, and had no other reason to name',
  },
  {
    id: 'code-temporary',
    when: { reply: ['temporary'] },
    category: 'system',
    source: 'RFC 5321 section 4.2.1',
  },
];
