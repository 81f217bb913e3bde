import type { Category } from '../core/returned/returned-mail.ts';
import type { Rule } from './rule.ts';

const registry = 'RFC 3463, IANA SMTP Enhanced Status Codes';

type Meanings = readonly (readonly [Category, readonly string[]])[];

// Codes that servers use for what the registry says and for little else.
const firm: Meanings = [
  ['invalid_recipient', ['1.1', '1.3', '1.6']],
  ['invalid_domain', ['1.2', '1.10', '7.18']],
  ['mailbox_full', ['2.2']],
  ['too_large', ['3.4']],
  ['policy', ['1.7', '1.8']],
  ['reputation', ['7.25']],
  ['authentication', ['7.20', '7.21', '7.22', '7.23', '7.24', '7.26', '7.29']],
];

// The others say less than words do. 0.0 and 5.0 of a bounce say too little to decide.
const others: Meanings = [
  ['invalid_recipient', ['7.17']],
  ['inactive_mailbox', ['2.1']],
  ['too_large', ['2.3', '7.16']],
  ['content', ['6.0', '6.1', '6.2', '6.3', '6.4', '6.5', '6.6', '6.7', '6.8', '6.9', '7.7']],
  ['policy', ['2.0', '7.1', '7.2', '7.3', '7.8', '7.10', '7.11', '7.13', '7.14', '7.15', '7.19', '7.27', '7.30']],
  ['rate_limited', ['5.3', '7.28']],
  [
    'system',
    ['1.4', '1.9', '2.4', '3.0', '3.1', '3.2', '3.5', '3.6', '4.3', '4.5', '7.4', '7.5', '7.6', '7.9', '7.12'],
  ],
  ['network', ['4.0', '4.1', '4.2', '4.4', '4.6', '4.8']],
  ['expired', ['4.7']],
  ['protocol', ['3.3', '5.1', '5.2', '5.4', '5.5', '5.6', '6.10']],
];

/** One rule for each enhanced code that is stronger than words about the mailbox. */
export const firmCodeRules: readonly Rule[] = [
  {
    id: 'enhanced-1-1-inactive',
    when: {
      reply: ['permanent'],
      enhanced: ['1.1'],
      pattern:
        /^(?!.{0,400}\b(?:unknown|exist|not found|no such|your)\b).{0,400}\b(?:account|mail ?box|user|recipient|box)\b.{0,20}\b(?:disabled|suspended|(?:de-?|in)activ(?:ated|e)|not (?:currently )?active|locked|frozen|closed)\b(?! (?:to|for))/i,
    },
    category: 'inactive_mailbox',
    source: 'servers that give every recipient they refuse the code 5.1.1, and say why',
  },
  ...rulesOf(firm),
];

/** One rule for each other enhanced code whose meaning is registered. */
export const otherCodeRules: readonly Rule[] = [
  // The far side relays, and its own look-up of the domain failed for good.
  {
    id: 'enhanced-4-4-permanent',
    when: { reply: ['permanent'], enhanced: ['4.4'] },
    category: 'invalid_domain',
    source: registry,
  },
  {
    id: 'enhanced-3-2-permanent',
    when: { reply: ['permanent'], enhanced: ['3.2'] },
    category: 'invalid_domain',
    source: 'RFC 7504 section 2: 521 5.3.2, a host that takes no mail',
  },
  // An address: the sender's where it is the sender that is spoken of, else the recipient's.
  {
    id: 'enhanced-1-0-sender',
    when: { phases: ['mail'], enhanced: ['1.0'] },
    category: 'policy',
    source: registry,
  },
  {
    id: 'enhanced-1-0',
    when: { reply: ['permanent'], enhanced: ['1.0'] },
    category: 'invalid_recipient',
    source: registry,
  },
  ...rulesOf(others),
  ...subjectRules([
    ['system', '3'],
    ['network', '4'],
    ['content', '6'],
    ['policy', '7'],
  ]),
];

function subjectRules(meanings: readonly (readonly [Category, string])[]): Rule[] {
  return meanings.map(([category, subject]) => ({
    id: `enhanced-${subject}-any`,
    when: { reply: ['permanent'], subjects: [subject] },
    category,
    source: 'RFC 3463 section 3: the subject, where the detail is none that is registered',
  }));
}

function rulesOf(meanings: Meanings): Rule[] {
  return meanings.flatMap(([category, codes]) =>
    codes.map((code) => ({
      id: `enhanced-${code.replace('.', '-')}`,
      when: { enhanced: [code] },
      category,
      source: registry,
    })),
  );
}
