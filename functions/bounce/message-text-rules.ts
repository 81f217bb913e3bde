import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about the message, and about how many of them come. */
export const messageTextRules: readonly Rule[] = [
  {
    id: 'text-suppressed',
    when: {
      pattern:
        /\bsuppression list\b|\bsuppressed (?:address|recipient|due)|\bon (?:the|your|our) (?:account )?suppress/i,
    },
    category: 'suppressed',
    source: 'Amazon SES, SendGrid and others: they have stopped mailing the address themselves',
  },
  {
    id: 'text-too-many',
    when: {
      reply: ['permanent'],
      pattern:
        /\btoo (?:many|fast|frequent|much) ?(?:recipients|connections?|messages?|mails?|e-?mails?|sessions?|concurrent|errors|unknown|invalid|requests)\b|\brate[ -]?limit|\bthrottl|\b(?:sending|daily|hourly|connection|message|recipient|mail|relay|smtp) (?:rate |count |frequency )?(?:limit|quota)s?\b.{0,20}\b(?:exceed|reach|hit)|(?:reached|exceeded) .{0,30}\b(?:daily|hourly|relay|sending) .{0,20}(?:quota|limit)|\bnumber of (?:recipients|messages|connections|e-?mails).{0,20}exceed|exceeded .{0,30}(?:rate|number of (?:messages|recipients|connections))/i,
    },
    category: 'rate_limited',
    source: replies,
  },
  {
    id: 'text-virus',
    when: { pattern: /\bvirus(?:es)?\b|\bmalware\b|\btrojan\b|\binfected\b|\bworm\b|\bphish/i },
    category: 'content',
    source: replies,
  },
  {
    id: 'enhanced-6-content',
    when: { enhanced: ['6.0', '6.1', '6.2', '6.3'], pattern: /\bcontent\b|\bmessage\b|\bheader/i },
    category: 'content',
    source: 'RFC 3463 section 3.7: the code is about the media',
  },
  {
    id: 'text-spam',
    when: {
      pattern:
        /(?<!anti-?)\bspam(?:my|ming|med)?\b|\b(?:ube|uce)\b|\bunsolicited\b|\bbulk (?:e-?mail|mail|message|filter)|\bjunk\b|message content (?:rejected|refused)|\bcontent (?:was )?(?:rejected|blocked|filter(?:ed)? as)|looks like (?:an? )?(?:advert|bulk)|suspicious (?:content|message|mail)|too many (?:spam|abuse)|blacklisted url|bad url|mail content denied|spam-?assassin|\brspamd\b|fortispam/i,
    },
    category: 'spam',
    source: replies,
  },
  {
    id: 'text-too-large',
    when: {
      pattern:
        /\b(?:message|mail|e-?mail|attachments?|file|data|body)\b.{0,40}\b(?:too (?:large|big)|size (?:exceeds|exceeded|limit|is)|larger than|exceeds .{0,40}(?:size|limit|length|maximum))|\b(?:exceeds?|exceeded|over|larger than|beyond)\b.{0,30}\b(?:message size|(?<!mailbox )size limit|maximum (?:message )?size|message length|fixed maximum)|\bmessage (?:size )?limit exceeded|(?<!box )\bsize limit exceeded|\bmessage too (?:large|big)/i,
    },
    category: 'too_large',
    source: 'RFC 1870 section 6, the words of refusals',
  },
  {
    id: 'text-mailbox-full',
    when: {
      pattern:
        /\b(?:mailbox|mail ?box|mailfolder|mail ?drop|inbox|quota|storage|account|box|user|recipient)\b.{0,40}\b(?:full|over ?quota|exceed(?:ed|s|ing)?|exhausted)\b|\bover (?:the |his |her |its |their )?(?:allotted |storage |disk )?quota\b|\bquota (?:is |has been |was )?(?:full|violation|exceed)|\b(?:exceed(?:s|ed|ing)?|reached|overdrawn)\b.{0,30}\b(?:quota|storage)|\b(?:mail)?box size (?:limit )?exceed|\bspace has been used|\bout of (?:storage|quota)|(?:not enough|insufficient|no) (?:storage )?(?:space|room) .{0,20}(?:mailbox|account|user|recipient)|\bbo.{1,4}te .{0,40}pleine/i,
    },
    category: 'mailbox_full',
    source: replies,
  },
  {
    id: 'text-content',
    when: {
      pattern:
        /\b(?:attachments?|file ?names?|file types?|extension)\b.{0,40}\b(?:not (?:allowed|accepted|permitted)|blocked|banned|rejected|forbidden|prohibited|denied|refused)|\b(?:banned|forbidden|blocked|illegal|restricted) (?:attachment|file|content|header)|\bheaders? (?:too (?:large|long|big)|fields?|lines?|count|syntax|error|checks?)|\b(?:bare|stray|lone) (?:cr|lf|newline|line ?feed)|\bnot rfc|\brfc ?-?(?:2822|5322|822|2047|2045)\b|multiple .{0,20}addresses in from|missing (?:from|date|message-id|subject|header)|duplicate (?:from|header|subject)|\b(?:invalid|malformed|improper|bad|multiple) (?:header|mime|message|character|from|subject|line)|message content (?:is )?(?:not|violat)|line (?:is )?too long|content (?:conversion|error)|data format error|badly formatted|potential security issue|content restrictions?|\bfile that is not allowed|unauthorized file/i,
    },
    category: 'content',
    source: 'RFC 5322, RFC 2045, the words of refusals',
  },
  {
    id: 'text-security',
    when: {
      reply: ['permanent'],
      pattern:
        /\bmust issue a starttls\b|encryption (?:is )?required|\btls (?:is )?required|authentication (?:is )?required|must authenticate|need to authenticate|not logged in/i,
    },
    category: 'policy',
    source: 'RFC 3207 section 4, RFC 4954 section 6',
  },
];
