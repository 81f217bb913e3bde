import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about who sends, and from where. */
export const senderTextRules: readonly Rule[] = [
  {
    id: 'text-authentication',
    when: {
      pattern:
        /\b(?:dmarc|dkim|domainkeys?|spf)\b.{0,80}\b(?:fail\w{0,4}|reject\w{0,3}|pass\w{0,3}|polic(?:y|ies)|check\w{0,3}|verif\w{0,12}|invalid|required|violat\w{0,4}|unauthorized|mismatch|records?|missing|broken|says|may not)\b|\barc (?:validation|seal|signature|chain)|\bspf: |\bno (?:valid )?(?:dkim|spf)\b|\bdmarc_?rejection\b|\bpass (?:the )?(?:dmarc|dkim|domainkeys|spf)\b|\b(?:fail\w{0,4}|bad|invalid|violat\w{0,4}|against|by|per) (?:of )?(?:the )?(?:dmarc|dkim|spf)\b|\bsender ?id\b|unauthenticated (?:e-?mail|mail|message)\b|sender policy framework|authentication (?:checks?|requirements)|(?<!client was |rejected: was )(?:not|isn't) authenticated/i,
    },
    category: 'authentication',
    source: replies,
  },
  {
    id: 'text-authentication-asked',
    when: {
      pattern:
        /\bauthenticate (?:their e-?mail )?with (?:either )?(?:spf|dkim)\b|\bsender is unauthenticated\b|\b(?:your|inspect) spf (?:settings|setup)|spf\.pobox\.com/i,
    },
    category: 'authentication',
    source: 'Gmail SMTP errors: 4.7.26 to 5.7.32; the page that SPF filters name',
  },
  {
    id: 'text-client-host-rejected',
    when: {
      pattern: /\bclient host (?:\S{1,100} )?(?:rejected|blocked)\b/i,
    },
    category: 'reputation',
    source: 'Postfix: what its client restrictions and those like them say',
  },
  {
    id: 'text-no-reverse-dns',
    when: {
      pattern:
        /reverse[- ]?(?:dns|lookup|record|address|hostname)|\bptr\b|\br-?dns\b|mismatches client ip|cannot (?:find|resolve) your (?:reverse )?(?:host ?name|address)|no (?:valid )?(?:hostname|host name) (?:for|of) .{0,20}ip|fix .{0,10}dns|\bip name lookup\b|\bip must resolve\b|\bforward dns (?:entry|record)|\brelay host ?name\b|\bunverif\w{1,6} (?:sending |client )?(?:ips?|hosts?)/i,
    },
    category: 'reputation',
    source: replies,
  },
  {
    id: 'text-from-malformed',
    when: { pattern: /\bblank from\b|\bfrom: addresses? (?:is|are) not\b|\bas a from:? address\b/i },
    category: 'content',
    source: 'RFC 5322 section 3.6.2',
  },
  {
    id: 'text-sender-blocked',
    when: {
      pattern:
        /\byour (?:e-?mail )?(?:address|domain|account) (?:\S{1,80} )?(?:is|was|has been) (?:temporarily )?(?:blocked|suspended|disabled|black ?-?listed)\b/i,
    },
    category: 'policy',
    source: 'Symantec Email Security and others: who is spoken to is the sender',
  },
  {
    id: 'text-sender-listed',
    when: {
      pattern:
        /\b(?:your|sender'?s?|from|envelope)(?: e-?mail)? address (?:\S{1,80} )?(?:is|was|has been) (?:black|block|deny) ?-?list|\bsender (?:\S{1,80} )?(?:is )?(?:on|in) (?:\w{1,12} ){0,3}(?:black|block|deny)?-?list\b/i,
    },
    category: 'policy',
    source: 'the words of refusals: the list is one of senders, not of clients',
  },
  {
    id: 'text-link-listed',
    when: {
      pattern: /\bsurbl\b|\buribl\b|\b(?:url|uri|link)s? .{0,40}\b(?:black|block)?-?listed\b|\bblacklisted ur[il]/i,
    },
    category: 'spam',
    source: 'the words of refusals: what is listed stands in the message',
  },
  {
    id: 'text-listed',
    when: {
      pattern:
        /spamhaus|spamcop|sorbs\.|senderscore|senderbase|uceprotect|mailspike|\b(?:dns|r|u?r|s|x|p)bls?\b|block ?-?lists?\b|(?<!may be )black ?-?list(?!ed ur[il])|\bblocklisting\b|\bblocked by (?:ivmsip|[\w-]{0,40}bl\b|cbl\.)|(?<!not )\blisted (?:in|on|at|by)\b|blocked using(?! spam pattern)|found on .{0,20}list\b|mail-abuse/i,
    },
    category: 'reputation',
    source: 'the words of refusals, most of which name their list',
  },
  {
    id: 'text-reputation',
    when: {
      pattern: /\b(?:poor|bad|low|ip|domain|sender|your|network|the) reputation\b|reputation (?:is|of|score|filter)/i,
    },
    category: 'reputation',
    source: replies,
  },
  {
    id: 'text-relaying',
    when: {
      pattern:
        /\brelay(?:ing)?\b.{0,30}\b(?:denied|not (?:permitted|allowed|authorized|supported)|prohibited|forbidden|refused|rejected)|\b(?:no|not|unable to|cannot|don't|do not|can't|to) relay(?:ing)?\b|address is not verified|(?:isn't|not) in my list of allowed rcpthosts|not a gateway|\bas a relay\b|\binsecure mail relay|\bnot an open relay|\bcredentials for relay|\bhandle mail for\b|\bmail for relay\b|\brelay account\b|\b(?:account|user) (?:on|of|for) this relay|requires authentication when attempting to send/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'text-ip-refused',
    when: {
      pattern:
        /\b(?:mail|messages?) from \[?\d{1,3}(?:\.\d{1,3}){3}\]?.{0,30}\b(?:refused|rejected|blocked|denied)|\b\d{1,3}(?:\.\d{1,3}){3}\b.{0,20}\bnot allowed to send|\b(?:sender|source|sending) ip\b.{0,40}\b(?:rejected|refused|denied|blocked)/i,
    },
    category: 'reputation',
    source: 'the words of refusals that name the address of the client',
  },
  {
    id: 'text-sender-refused',
    when: {
      pattern:
        /\bsender\b.{0,40}\b(?:rejected|denied|refused|blocked|invalid|unknown|not (?:allowed|permitted|accepted|verified|valid)|does not exist|not exist|has (?:a )?null ?mx|has no (?:a|mx|dns)\b|verif\w{1,8} failed)|\b(?:sender|from|return|originator)(?:'s)? (?:domain|address|path)\b.{0,60}\b(?:does not exist|doesn't exist|not found|invalid|rejected|unresolvable|does not resolve|not accepted|must)|domain of sender|\bsender verify\b|\bcall(?:out|back) (?:setup|failed)|from unknown senders?|blocked from sending|unroute?able sender|not accept (?:e-?mail|mail|messages) from you\b|^verification failed for|invalid (?:sender|return path|from)\b|mail from .{0,40}(?:rejected|refused|not allowed)|(?:doesn't|does not|cannot) (?:exist|resolve|be resolved).{0,20}\(?sender/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'text-sender-unwelcome',
    when: {
      pattern:
        /\bbad ?sender(?! ip)|\bsendernoa\b|\bdead domain\b|\bnot (?:a )?member\b(?! of (?:this |the )?domain)|\bsender\b.{0,20}\bnot in my domain|\bnot subscribed to (?:this|the)\b|\bnot allowed to post\b|\bnull (?:reverse-path|sender)\b|\bempty (?:envelope )?(?:e-?mail address|senders?)\b|\boutgoing mail suspension|\bnot pre-?approved|emetteur invalide|\bnot owned by (?:the )?user|\bsender is (?:a )?spammer|valid-address-filter|\bgateway user\b|unresolvable rfc/i,
    },
    category: 'policy',
    source: 'the words of mailing lists, gateways and filters about the address of the sender',
  },
  {
    id: 'text-sender-named',
    when: {
      pattern:
        /\b(?:your|sender'?s?|sending|from:?|envelope|return|reverse|reply(?:-?to)?|bounce|originat\w{2,4}(?:'s)?|message-id|ur[il]|link)(?: e-?mail)? (?:address|domain|(?:host|server)(?: ?name)?|name|mail ?box|user|account|header|field|line|path)\b.{0,40}\b(?:unknown|not (?:found|listed|known|in|valid|recogni[sz]ed)|(?:does not|doesn't) (?:exist|resolve)|unavailable|invalid|expired|disabled|suspended|no longer|no mx|(?:cannot|could not) be)\b|\b(?:mail|messages) from this (?:address|domain|user)\b|\b(?:sender|originator)(?: address| domain)? (?:is|was|has been) (?:not an? |on hold|disabled|suspended|expired|locked|inactive|closed)/i,
    },
    category: 'policy',
    source: 'the words of refusals: who is spoken to, or named as the one who sends, is not the recipient',
  },
  {
    id: 'text-sender-part',
    when: {
      pattern:
        /\b(?:account|address|mail ?box|domain|host|name)\b.{0,12}\b(?:of|for|in) (?:the |your )?(?:sender|sending|relay(?! rec)|return path)\b|\boutgoing mail\b.{0,40}\bdisabled|\bsmtp account\b|\b(?:authentication|login)\b.{0,20}\b(?:unknown|no such|name)\b|\bpassword\b(?![- ]protected)|\boutside senders?\b|\bmay not (?:post|send)\b|\b(?:you|are) send(?:ing)? from\b|\(envelope from\)|\b(?:of|by) (?:the )?originator\b|\baddress not in (?:the )?(?:white|allow) ?-?list\b|\bfor your (?:country|network|domain)\b/i,
    },
    category: 'policy',
    source: 'the words of refusals: an address of the sender, or one that logs in',
  },
  {
    id: 'text-client-named',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:client|ip|connecting|sending|helo|ehlo)(?: ip)?(?: (?:address|host|name|domain|argument)){1,2}\b.{0,30}\b(?:unknown|invalid|not found|not in|unresolved|(?:does not|doesn't) (?:exist|resolve))\b|\b(?:no|unknown|invalid|bad) .{0,30}\b(?:helo|ehlo|connecting)\b/i,
    },
    category: 'reputation',
    source: 'RFC 5321 section 4.1.4: what EHLO names is the client',
  },
  {
    id: 'phase-mail',
    when: {
      reply: ['permanent'],
      phases: ['mail'],
      pattern:
        /\b(?:exists?|no such|not found|found|unknown|invalid|un(?:route?able|available|reachable|deliverable)|access denied|go away|disabled|suspended|inactive|locked|expired|closed|limited|restricted|terminated|cancell?ed|frozen|deleted|removed|moved|no longer|null ?mx|no mx|nxdomain|not (?:a|in|our|known|listed|valid|active))\b/i,
    },
    category: 'policy',
    source: 'RFC 5321 section 3.3: MAIL FROM speaks of the sender only',
  },
  {
    id: 'phase-client-name',
    when: {
      reply: ['permanent'],
      phases: ['greeting', 'ehlo'],
      pattern:
        /\b(?:exist|no such|not found|unknown|invalid|bad|unresolv\w{1,6}|match|names?|hosts?|domains?|address)\b/i,
    },
    category: 'reputation',
    source: 'RFC 5321 section 4.1.4: what EHLO names is the client',
  },
  {
    id: 'text-client-sends-spam',
    when: {
      pattern:
        /\b(?:are|currently) sending spam\b|\bspams? (?:ips?\b|from your)|\bunwanted messages have been sent from|like (?:a )?spammer\b|\b(?:blocked|refused) (?:for|due to) abuse\b|\bexcessive (?:user ?id )?unknowns?\b|\blisted as abusive|\btoo many (?:bad|invalid) (?:commands|recipients|passwords) from\b|\bno valid recipients from\b|\bmultiple unknown (?:users|recipients)\b/i,
    },
    category: 'reputation',
    source: 'the words of refusals about what the client has done before',
  },
  {
    id: 'text-client-unwelcome',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:bad|banned|blocked|suspected|invalid) (?:sender |sending |client |source )?ips?\b|\bip profile|\b(?:ip|host) not (?:found )?(?:in|on) (?:the )?(?:white|allow) ?-?list|\bnot (?:allowed|permitted|authori[sz]ed) to connect\b|\bnot accepting connections\b|\bconnection denied\b|\b(?:from|by) your ip\b|\baccess to submit messages\b|\brequires confirmation\b|\bconfirm this mail server\b|\b(?:blocked|refused) ?- ?see http|\bsending mta\b.{0,40}\bnot passed|\b(?:helo|ehlo)\b.{0,30}\binvalid|\bmy name was rejected|\bdenyip\b|\bhost bypassing\b|\bserver (?:at \S{1,80} )?is blocked|\bgo away\b|\baccess from your location\b|^(?:\d{3}[ -])?(?:\d\.\d\.\d{1,3} )?\[?\d{1,3}(?:\.\d{1,3}){3}\]? is blocked\b/i,
    },
    category: 'reputation',
    source: 'the words of refusals',
  },
  {
    id: 'text-client-blocked',
    when: {
      pattern:
        /\b(?:ip|ips|ip address|client|hosts?|your (?:mail )?server|network|connections?|helo|ehlo)\b.{0,50}\b(?:blocked|banned|(?<!connection )refused|denied|rejected|not allowed|not accepted|not welcome|suspicious|forbidden)\b|\b(?:blocked|banned|rejected|denied)\b.{0,30}\b(?:your|by|from|because of) (?:your )?(?:ip|host|server|network)\b|please use (?:the|your) (?:smtp server|isp|mail server)|dynamic(?:ally)? (?:ip|assigned|address|host)|(?:residential|dial-?up|dynamic) (?:ip|address|range|host)|no access from|open (?:relay|proxy)|access from .{0,40}denied|not accept (?:mail|messages|connections) from (?!you\b)|abuse (?:from|by|detected)/i,
    },
    category: 'reputation',
    source: replies,
  },
];
