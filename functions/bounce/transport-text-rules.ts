import type { Rule } from './rule.ts';

const replies = 'the words of refusals and reports';

/** Words about the way of the message, and about the far side's own trouble or rules. */
export const transportTextRules: readonly Rule[] = [
  {
    id: 'text-loop-configured',
    when: {
      reported: true,
      pattern:
        /\bloops? back to\b|\bwould create a (?:mail )?loop|\bloop broken|\bloop was found|\bloop condition|\bpoints back to\b|\bpoints to (?:the )?local ?host|\bis the local host\b/i,
    },
    category: 'system',
    source: 'Postfix, sendmail and Exim: the far side is set up to send the mail to itself',
  },
  {
    id: 'text-system-fault',
    when: {
      pattern:
        /\|\| exit \d|\bcould not load\b|\binterrupted system call|\berror while being processed|\b(?:write|config) error\b|\bthere is no mdb\b|\btimeout waiting for\b|\bunable to connect to .{0,30}daemon|\bdelivery to (?:file|pipe) forbidden|\blmtp error|\bdns violates|\bseveral matches found|\bhomedir|\bbad interpreter|\bno such file or directory|\bduplicated message-id|\bupstream error|\bmail transport (?:unavailable|error)|\bfailed to (?:expand|open|stat|lock|write)\b/i,
    },
    category: 'system',
    source: 'Exim, qmail-ldap, Courier, Domino, fml and Exchange',
  },
  {
    id: 'text-network',
    when: {
      pattern:
        /\bcertificate (?:is )?(?:not trusted|verification failed|mismatch)|\bname ?server\b|name service error|\bhost ?name lookup|host lookup (?:did|failed)|\bdns (?:error|lookup|look-up|failure|server|records?)|\bconnection (?:was )?(?:refused|reset|lost|failed|dropped|closed|broken)|\bconnection to .{0,40}\bfailed\b|(?:unable|wasn't able|not able|failed) to (?:connect|establish|resolve|route)|could(?:n't| not) (?:connect|be contacted|establish)|\bnetwork (?:error|is unreachable|problem|unreachable)|find a gateway|no route to host|host (?:is )?(?:unreachable|down)|not found, try again|too many hops|\bhop count|\bexceeded \d{1,3} hops|\bbest-preference mx\b|\btimed out while\b|\bconnection with .{0,80}broken|\binvolving remote host|\bserver is (?:down|unreachable)|\bexcessive recursion|\bforwarded more than|(?:mail|message|routing|forwarding|delivery|local) ?loop|\bcan't connect to\b|loops? back|is looping|\b(?:starttls|tls|ssl)\b.{0,40}\b(?:fail\w{0,4}|required|not (?:available|supported)|error|unavailable|handshake|refused)/i,
    },
    category: 'network',
    source: replies,
  },
  {
    id: 'text-storage',
    when: {
      pattern:
        /insufficient (?:system )?(?:storage|disk|resources|space|memory)|no space left|(?:disk|file ?system|mail ?system|queue) (?:is )?full|out of (?:memory|disk|space)|low on (?:disk|space)/i,
    },
    category: 'system',
    source: 'RFC 5321 section 4.2.3: 452',
  },
  {
    id: 'text-mailer-error',
    when: {
      pattern:
        /\bpipe to \||unknown mailer error|\bmailer (?:error|exited)|command (?:died|failed|output)|x-unix; ?\d|local delivery (?:failed|agent)|generated during the delivery attempt|procmail|permission denied|insufficient permission|operation not permitted|maildrop|\b(?:internal|configuration|server|(?<!mail )system|local|software|database|ldap) (?:server )?(?:configuration )?(?:error|problem|failure|trouble)|\bldap\b|can ?not (?:open|create|append|write)|can't (?:open|create|append|write)|unable to (?:create|open|write|process)|misconfigur/i,
    },
    category: 'system',
    source: replies,
  },
  {
    id: 'text-expired',
    when: {
      reported: true,
      pattern:
        /\bqueue too long\b|\bnot yet been delivered\b|still (?:undelivered|being retried)|could not be delivered for (?:more than|\d)|has been (?:failing|delayed|queued)|retried (?:until|for)|has not been collected|gave up|(?<!permanent error; I've )given up|giving up|failed \d{1,4} attempts|(?<!not )continue trying|retry time(?:out)? (?:not reached|exceeded)|all hosts .{0,60}have been failing|deleted from queue|was not reachable within|attempts will continue|failed to deliver .{0,80}after \d{1,4} tries|\bdelivery expired\b|\bmultiple retries\b|\bnot delivered within\b|\bhas been frozen\b|\bfrozen on arrival|\bdelivery time-?out|\ballotted time|\btime limit specified/i,
    },
    category: 'expired',
    source: 'the words of reports',
  },
  {
    id: 'text-unavailable',
    when: {
      pattern:
        /\btemporar(?:y|ily) (?:lookup )?(?:failure|unavailable|error|local|system|unable)|\bservice (?:is )?(?:currently|temporarily) unavailable|\bresources? temporarily/i,
    },
    category: 'system',
    source: 'RFC 5321 section 4.2.3: 421 and 451 in words',
  },
  {
    id: 'text-syntax',
    when: {
      reply: ['permanent'],
      pattern:
        /\bsyntax error|command (?:not |un)(?:recognized|implemented|known)|bad sequence|need (?:mail|rcpt|helo|ehlo) (?:command|before|first)|unrecognized command|out of sequence|improper use of smtp|\b(?:not |un)implemented\b|angle-brackets|\bexpected word\b|source-routed|\bbad address syntax|\bprotocol violation|malformed address|\bsyntactically/i,
    },
    category: 'protocol',
    source: 'RFC 5321 section 4.2.2',
  },
  {
    id: 'phase-client',
    when: { reply: ['permanent'], phases: ['greeting', 'ehlo'], codes: [521, 541, 550, 552, 553, 554, 571] },
    category: 'reputation',
    source: 'RFC 5321 section 3.1: before MAIL a server knows nothing but the client',
  },
  {
    id: 'text-policy-named',
    when: {
      reply: ['permanent'],
      pattern:
        /\bclosed mailing list|\brequires that you verify|\brequires an upgrade\b|\b(?:mail|transaction) (?:refused|rejected)\W{0,3}$|\bpermanently deferred|\borgani[sz]ational settings|\bgiven low priority|\bcaptcha\b|\bimages or other attachments|\bmessages with multiple addresses|\bdelivery was refused/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'text-policy',
    when: {
      reply: ['permanent'],
      pattern:
        /\bpolic(?:y|ies)\b|\bnot (?:permitted|authori[sz]ed|allowed|accepted|accepting)\b|\bprohibit|access denied|\bpermission|administrative|\bfilter(?:ed|ing|s)?\b|\b(?:refused|rejected|denied|blocked) (?:by|for|due|your)|\bmessage (?:was )?(?:refused|rejected|denied|blocked)|rule (?:set|imposed)|\brefuse(?:s|d)? (?:to accept|mail|your)|\bmembers? only|\bmoderat|^(?:\d{3}[ -])?(?:\d\.\d\.\d{1,3} )?(?:mail |message |e-?mail )?(?:denied|rejected|refused|blocked)\b|permanently rejected|permanent failure for one or more recipients \(@:blocked/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'text-transaction-failed',
    when: { pattern: /\btransaction failed\W{0,3}$/i },
    category: 'system',
    source: 'RFC 5321 section 4.2.3: 554, and no more words',
  },
];
