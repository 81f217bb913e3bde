import type { Rule } from './rule.ts';

const greylistWord = /\bgr[ae]y-?[ _]?list/i;
const comeBack =
  /\b(?:try|come|send|retry|resend)\b.{0,20}\b(?:again|later|back)\b|\btemporarily (?:rejected|deferred|blocked)\b/i;
const tooFast =
  /\btoo (?:many|much|fast|quickly|frequent)\b(?! hops| mail data| messages (?:on|in)| (?:bad|invalid) \w{1,12} from| spams?\b)|\brate[ -]?limit|\bthrottl|\b(?:server|system)(?:\(\w\))? (?:is )?(?:too )?busy\b|number of (?:concurrent |server ){0,2}connections|number of (?:recipients|messages).{0,20}exceed|(?<!size )\blimit (?:was |is |has been )?exceeded\b|\b(?:exceeded|reached) .{0,30}\b(?:hourly|daily|rate|sending|connection|message) (?:limit|quota)/i;

const limited =
  /\btry again slower|\btoo busy to accept\b|\bload is too high\b|\bexcessive volume\b|\bconnection limit\b|\be-?mails? per hour\b|\bsmtp sessions\b|\btrop de connexions|\bnumerous attempts to deliver|\bmessages? per connection\b|\bmessage threshold\b|\bthread limit\b|\brate that prevents\b|\bsending (?:rate )?limit\b|\bfrequency limit|\bhas been (?:temporarily )?rate limited(?! (?:due to|because))|\btoo many errors from\b/i;

/** Replies that ask for time in so many words. */
export const throttlingRules: readonly Rule[] = [
  {
    id: 'greylisting-named',
    when: { reply: ['temporary'], pattern: greylistWord },
    category: 'greylisted',
    asks: 'greylist_delay',
    source: 'RFC 6647 section 2; the word in the replies of the milters',
  },
  {
    id: 'rate-limited-named',
    when: { reply: ['temporary'], pattern: tooFast },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'the text of throttling replies',
  },
  {
    id: 'rate-limited-words',
    when: { pattern: limited },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'sendmail, SendGrid, Apple, Yahoo and others: how many connections or messages they take at a time',
  },
];

/** Codes that servers use to ask for time, where no words gave another reason. */
export const throttlingCodeRules: readonly Rule[] = [
  {
    id: 'greylisting-come-back',
    when: { codes: [450, 451], enhanced: ['7.1'], pattern: comeBack },
    category: 'greylisted',
    asks: 'greylist_delay',
    source: 'RFC 6647 section 5: 4.7.1 and the request to come back',
  },
  {
    id: 'report-not-authorized-for-now',
    when: { reported: true, reply: ['temporary'], enhanced: ['7.1'] },
    category: 'reputation',
    source: 'RFC 3463 section 3.8, X.7.1: a server that was still refused when it gave up',
  },
  {
    id: 'rate-limited-enhanced',
    when: { reply: ['temporary'], enhanced: ['7.0', '7.1', '7.28', '5.3'] },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'RFC 3463, IANA SMTP Enhanced Status Codes',
  },
];
