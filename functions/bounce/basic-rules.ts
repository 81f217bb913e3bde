import type { Rule } from './rule.ts';

/** What is left when no enhanced code decided: words that leave no doubt, then the basic code in its phase. */
export const basicRules: readonly Rule[] = [
  {
    id: 'text-no-such-user',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:user|recipient|mailbox|address|account)\b.{0,40}\b(?:unknown|does not exist|not found|not exist)|\b(?:no such|unknown|invalid) (?:user|recipient|mailbox|address)\b/i,
    },
    category: 'invalid_recipient',
    source: 'the text of refusals',
  },
  {
    id: 'text-mailbox-full',
    when: { pattern: /\b(?:mailbox|quota|storage)\b.{0,20}\b(?:full|exceeded)\b|\bover (?:the )?quota\b/i },
    category: 'mailbox_full',
    source: 'the text of refusals',
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
    id: 'code-temporary',
    when: { reply: ['temporary'] },
    category: 'system',
    source: 'RFC 5321 section 4.2.1',
  },
  { id: 'unclassified', when: {}, category: 'unknown', source: 'no rule holds' },
];
