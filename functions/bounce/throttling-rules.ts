import type { Rule } from './rule.ts';

const greylistWord = /\bgr[ae]y-?[ _]?list/i;
const comeBack =
  /\b(?:try|come|send|retry|resend)\b.{0,20}\b(?:again|later|back)\b|\btemporarily (?:rejected|deferred|blocked)\b/i;
const tooFast =
  /\btoo (?:many|much|fast|quickly|frequent)\b|\brate[ -]?limit|\bthrottl|\b(?:limit|quota) (?:was |is |has been )?exceeded\b/i;

/** Replies that only ask for time. They come before the enhanced codes, for these are used for greylisting at will. */
export const throttlingRules: readonly Rule[] = [
  {
    id: 'greylisting-named',
    when: { reply: ['temporary'], pattern: greylistWord },
    category: 'greylisted',
    asks: 'greylist_delay',
    source: 'RFC 6647 section 2; the word in the replies of the milters',
  },
  {
    id: 'greylisting-come-back',
    when: { codes: [450, 451], enhanced: ['7.1'], pattern: comeBack },
    category: 'greylisted',
    asks: 'greylist_delay',
    source: 'RFC 6647 section 5: 4.7.1 and the request to come back',
  },
  {
    id: 'rate-limited-named',
    when: { reply: ['temporary'], pattern: tooFast },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'the text of throttling replies',
  },
  {
    id: 'rate-limited-enhanced',
    when: { reply: ['temporary'], enhanced: ['7.0', '7.1', '7.28', '5.3'] },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'RFC 3463, IANA SMTP Enhanced Status Codes',
  },
  {
    id: 'service-closing',
    when: { codes: [421], enhanced: ['0.0', ''] },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'RFC 5321 section 4.2.3: 421 without a reason of its own',
  },
];
