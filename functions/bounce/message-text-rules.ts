import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about the message, and about how many of them come. */
export const messageTextRules: readonly Rule[] = [
  {
    id: 'text-suppressed',
    when: {
      pattern:
        /\bsuppression list\b|\bsuppressed (?:address|recipient|due|sending)|\bon (?:the|your|our) (?:account )?suppress/i,
    },
    category: 'suppressed',
    source: 'Amazon SES, SendGrid and others: they have stopped mailing the address themselves',
  },
  {
    id: 'text-too-many',
    when: {
      reply: ['permanent'],
      pattern:
        /\btoo (?:many|fast|frequent|much) ?(?:recipients|connections?|messages?(?! (?:on|in))|mails?(?! data)|e-?mails?|sessions?|concurrent|errors|unknown|invalid|requests)\b|\brate[ -]?limit|\bthrottl|\b(?:sending|daily|hourly|connection|message|recipient(?! quota)|relay|smtp|submission) (?:rate |count |frequency )?(?:limit|quota)s?\b.{0,20}\b(?:exceed|reach|hit)|(?:reached|exceeded) .{0,30}\b(?:daily|hourly|relay|sending) .{0,20}(?:quota|limit)|\bnumber of (?:recipients|messages|connections|e-?mails).{0,20}exceed|exceeded .{0,30}(?:rate|number of (?:messages|recipients|connections))/i,
    },
    category: 'rate_limited',
    source: replies,
  },
  {
    id: 'text-virus',
    when: {
      pattern:
        /(?<!spam or )\bvirus(?:es)?\b(?! scanner)|\bexecutable attachment|\bmalware\b|\btrojan\b|\binfected\b|\bworm\b|\bphish/i,
    },
    category: 'content',
    source: replies,
  },
  {
    id: 'enhanced-6-content',
    when: {
      enhanced: ['6.0', '6.1', '6.2', '6.3'],
      pattern: /^(?!.{0,400}\bspam).{0,400}\b(?:content|message|header)/i,
    },
    category: 'content',
    source: 'RFC 3463 section 3.7: the code is about the media',
  },
  {
    id: 'text-spam',
    when: {
      pattern:
        /(?<!anti-?)\bspam(?:my|ming|med|-?trap)?\b|\b(?:ube|uce)\b|\bunsolicited\b|\bbulk (?:e-?mail|mail|message|filter)|\bjunk\b|message content (?:rejected|refused)|\bcontent (?:was )?(?:rejected|blocked|filter(?:ed)? as)|looks like (?:an? )?(?:advert|bulk)|suspicious (?:content|message|mail)|too many (?:spam|abuse)|blacklisted url|bad url|mail content denied|spam-?assassin|\brspamd\b|fortispam/i,
    },
    category: 'spam',
    source: replies,
  },
  {
    id: 'text-spam-suspected',
    when: {
      pattern:
        /\bantyspam|\bjunkmail\b|\bspamtext\b|\breject, id=[\w-]{1,40}(?![\w-]| - (?:banned|infected|bad))|\bscores? too high|\bcontent filter rejection|\b(?:unacceptable|hostile|questionable) content|\bcontent reject|\bmessage looks suspicious|\brejecting (?:mail|banned) content|\bpattern detection|\bspamprofiler|\bbulk\.advert|\bmass mailer|\bblocked by our filter|\banti-?spam checks|\bcontent filter agent|nature of the content or the links|\btroubleshooting page\b/i,
    },
    category: 'spam',
    source: 'Gmail, amavis, MailMarshal, Symantec and the words of other filters',
  },
  {
    id: 'text-malformed',
    when: {
      pattern:
        /\bheaders? (?:\w{1,12} ){0,3}(?:invalid|not valid)\b|\bno (?:resent-)?(?:from|to|date|subject) (?:field|header)\b|\b(?:address|domain|name) in (?:the )?(?:from|reply-to|cc|headers?|mime)\b|\bmime complexity|\b8-?bit data\b|\bimproperly[- ]formatted|\bbase64 encoding|\bconversion .{0,40}failed|\bencoded-word\b|\bmessage is malformed|\bmissing a valid\b|\bvalid rfc\b|\bheaders are not\b|\b(?:dangerous|executable) (?:attachment|content|file)|\bnul characters|\bmime\/reject|\binvalid data in message|\bmessages without \S{1,20} fields?|\bnon-(?:latin|western)\b|\battachment blocking|\blines? longer than|\bmultiple (?:subject|from|to|date|message-id) headers?/i,
    },
    category: 'content',
    source: 'RFC 5322, RFC 2045, Gmail SMTP errors: RfcMessageNonCompliant',
  },
  {
    id: 'text-free-space',
    when: { pattern: /\b(?:not enough|no|insufficient) free (?:disk )?space\b/i },
    category: 'system',
    source: 'RFC 5321 section 4.2.3: 452; space that the server lacks, whatever it says of the mailbox',
  },
  {
    id: 'text-mailbox-full-space',
    when: {
      pattern:
        /\bfull (?:mail ?box|inbox)\b|\bspace not enough|\ballowed message count|\bnot able to receive more|\bwriting message: file too large|\bover (?:the |its |their )?allowed quota|\bdisk ?space quota|\be?-?mail quota\b|\benough (?:storage )?space\b|\bhave enough disk space|\btoo much mail data|\btoo many messages (?:on|in) (?:the |his |her |their )?(?:server|mail ?box)|box\b.{0,20}\b(?:out of space|no room)|\bstorage limit .{0,40}\breached|\bat its storage limit|\baccount storage limit|\bmail file size exceeds/i,
    },
    category: 'mailbox_full',
    source: replies,
  },
  {
    id: 'code-full-and-named',
    when: { enhanced: ['2.2'], pattern: /\bor the recipient's mailbox is full/i },
    category: 'mailbox_full',
    source: 'RFC 3463 section 3.3; replies that name two reasons and the code of one',
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
    id: 'text-size-limit',
    when: {
      pattern:
        /\bline limit exceeded|\b(?:mail|message) is (?:too )?bigg?er than\b|\btaille limite|\bex\w{1,4}ded the maximum size|\bheader (?:value|size)\b.{0,40}\bexceeds|\bindividual header size|\b(?<!box )size limit$/i,
    },
    category: 'too_large',
    source: replies,
  },
  {
    id: 'text-mailbox-full',
    when: {
      pattern:
        /\b(?:mailbox|mail ?box|mailfolder|mail ?drop|inbox|quota|storage|account|box|user|recipient)\b.{0,40}\b(?:full|over ?quota|exc?eed(?:ed|s|ing)?|exhausted)\b|\bover (?:the |his |her |its |their )?(?:allotted |storage |disk )?quota\b|\bquota (?:is |has been |was )?(?:full|violation|exceed)|\b(?:exceed(?:s|ed|ing)?|reached|overdrawn)\b.{0,30}\b(?:quota|storage)|\b(?:mail)?box size (?:limit )?exceed|\bspace has been used|\bout of (?:storage|quota)|(?:not enough|insufficient|no) (?:storage )?(?:space|room) .{0,20}(?:mailbox|account|user|recipient)|\bbo.{1,4}te .{0,40}pleine/i,
    },
    category: 'mailbox_full',
    source: replies,
  },
  {
    id: 'text-content',
    when: {
      pattern:
        /\b(?:attachments?|file ?names?|file types?|extension)\b.{0,40}\b(?:not (?:allowed|accepted|permitted)|blocked|banned|rejected|forbidden|prohibited|denied|refused)|\b(?:banned|forbidden|blocked|illegal|restricted) (?:attachment|file|content|header)|\bheaders? (?:too (?:large|long|big)|fields?|lines?|count|syntax|error|checks?)|\b(?:bare|stray|lone) (?:cr|lf|newline|line ?feed)|\bnot rfc|\brfc ?-?(?:2822|5322|822|2047|2045)\b|multiple .{0,20}addresses in from|missing (?:from|date|message-id|subject|header)|duplicate (?:from|header|subject)|\b(?:invalid|malformed|improper|bad|multiple) (?:header|mime|message|character|from|subject|line)|message content (?:is )?(?:not|violat)|line (?:is )?too long|content (?:conversion|error)|data format error|badly formatted (?!address)|potential security issue|\bpassword[- ]protected\b|content restrictions?|\bfile that is not allowed|unauthorized file/i,
    },
    category: 'content',
    source: 'RFC 5322, RFC 2045, the words of refusals',
  },
  {
    id: 'text-temporary-fault',
    when: {
      reply: ['temporary'],
      pattern:
        /\btemporary (?:server|system|internal) (?:error|problem|failure)\b|\bservice is currently unavailable\b/i,
    },
    category: 'system',
    source: 'Gmail SMTP errors: 4.7.0; Exchange Online, Yandex',
  },
  {
    id: 'text-encryption-asked',
    when: {
      pattern:
        /\bmust issue a starttls\b|\b(?:encryption|(?:start)?tls(?:\/\S{1,10})?) (?:connection )?(?:is )?required\b|\brequires (?:encryption|(?:start)?tls)\b/i,
    },
    category: 'network',
    source: 'RFC 3207 section 4: no connection as it is asked for came about',
  },
  {
    id: 'text-login-asked',
    when: {
      reply: ['permanent'],
      pattern:
        /\bauthentication (?:is )?required|\bmust authenticate|\bneed to authenticate|\bnot logged in\b|\bauthentication (?:failure|failed|credentials)|\bcredentials invalid|\b(?:authentication turned|turn) on\b.{0,20}\b(?:authentication|client)|\bunauthenticated senders?\b|\bclient was not authenticated|\bverification failure|\bnot subscribed to ses\b/i,
    },
    category: 'policy',
    source: 'RFC 4954 section 6, Amazon SES',
  },
];
