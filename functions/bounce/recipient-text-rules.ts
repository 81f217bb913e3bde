import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about the mailbox and its domain. */
export const recipientTextRules: readonly Rule[] = [
  {
    id: 'text-recipient-chooses',
    when: {
      pattern:
        /\baccount is protected by\b|\brestricted (?:by|sms|e-?mail)\b|\b(?:recipient|user|id) refuses? to\b|\bonly accepting mail from\b|\buser rejects?\b|\bblocked by the recipient|\brecipient has blocked\b|\bwishes of the recipient|\brecipient preferences|\bcannot route mail to user|\brejected by (?:the )?recipients?\b|\bnot accepting any mail\b|\b(?:disabled|blocked|restricted) (?:e-?mails?|mails?|messages?) from\b|\brestricted who\b|\b(?:from|for) unknown (?:users|recipients)\b/i,
    },
    category: 'policy',
    source: 'the words of carriers, Facebook and Domino: the recipient takes mail of some senders only',
  },
  {
    id: 'text-mailbox-out-of-reach',
    when: {
      pattern:
        /\b(?:user|recipient|address|mail ?box|account) lookup (?:has )?failed|\bmaintenance\b|\b(?:by|in use by) another process|\bbackend\b|\bstorage server\b|\b(?:user|mail|directory)(?: ?box)? (?:database|store|server|service) (?:is )?(?:not |un|currently |temporarily ){1,2}available|\b(?:disabled|limited|restricted|locked)\b.{0,30}\btry (?:again )?later|\b(?:mail ?box|user|recipient|address|account)\b.{0,12}\b(?:temporarily|currently) (?:unavailable|not available)\b|\btemporarily unable to verify\b|\b(?:un|not )available\b.{0,20}\bretry\b|\bat (?:the|this) moment\b|\bright now\b|\baddress family\b|\b(?:licen[cs]e|certificate|password)\b.{0,40}\bexpired|\bserver has (?:been moved|expired)/i,
    },
    category: 'system',
    source: 'the words of refusals: the server cannot look, which tells nothing of the mailbox',
  },
  {
    id: 'text-inactive',
    when: {
      pattern:
        /(?<!\byour (?:e-?mail )?)\b(?:account|mailbox|user|(?:e-?mail|mail) ?address|recipient|address|box)\b.{0,40}\b(?:disabled|suspended|inactive|frozen|locked|deactivated|de-activated|expired|abandoned|discontinued|terminated|cancell?ed|closed|not active|no longer (?:active|in use|enabled)|not been used|not activated|not (?:currently )?enabled|on hold|limited(?! to)|has been blocked|is ?blocked|restricted(?! (?:to|who)))\b|\b(?:inactive|disabled|deactivated|suspended|dormant|blocked|expired|frozen) (?:user|account|mailbox|recipient|e-?mail|due)|DisabledUser|InactiveUser/i,
    },
    category: 'inactive_mailbox',
    source: replies,
  },
  {
    id: 'text-suspended',
    when: {
      pattern:
        /(?<!\byour (?:e-?mail )?account )\b(?:is|has been) (?:currently |temporarily )?suspended\b|\btemporar(?:il)?y locked\b|\barchived recipient|\bdestinataire archiv|\bsuspend(?:ed|s)? the service|\baccount (?:is )?not available|\bcompte du destinataire est bloqu|\bdd @ is no longer valid|(?:@|<[\w.-]{1,64}>)\W{0,3} is (?:now |currently )?(?:disabled|inactive|deactivated|locked)\b|\binactive on this (?:domain|server)|\bmail receiving disabled|\bnot (?:currently )?being accepted for this mail ?box|\b(?:disabled|closed|cancell?ed) (?:this|the|his|her|their) (?:e-?mail )?(?:address|mail ?box|account)\b|\bno longer (?:in use|accepting mail)|\bdeactivated due\b|\bwas not used for\b/i,
    },
    category: 'inactive_mailbox',
    source: replies,
  },
  {
    id: 'text-no-such-domain',
    when: {
      pattern:
        /\bhost (?:or domain name )?(?:unknown|not found)(?!, try again)|\b(?:domain|host)(?: ?name)?\b.{0,40}\b(?:does(?:n'?t| not) exist|not found(?!, try again)|couldn't be found|could not be found|is unknown|no longer (?:exists|accept\w{1,3}|valid|hosted))|\b(?:no such|unknown|invalid|non-?existent|bad) (?:destination )?(?:domain|host)\b|unroute?able|(?:domain|host)\b.{0,60}\bnot (?:hosted|served|handled|accepted) here|couldn't find any host|\bnxdomain\b|\b[\w-]{1,63}\.[\w.-]{1,63} does not exist|\bnull ?mx\b|\bno (?:valid )?mx\b|\bmx 0 \.|(?:domain|host|server|address)\b.{0,20}\b(?:does not|doesn'?t|will not|cannot) (?:accept|receive) (?:e-?mail|mail|any)|all relevant mx records|name or service not known|illegal host\/domain/i,
    },
    category: 'invalid_domain',
    source: replies,
  },
  {
    id: 'text-domain-unreachable',
    when: {
      pattern:
        /\bdomain is not reachable|\bdomain must exist|(?<!\b(?:your|sender) )\bdomain (?:\S{1,80} )?(?:has )?(?:expired|been (?:suspended|closed|cancell?ed)|suspended|no mail exchanger)\b|\b(?:do not|don't|not) (?:host(?:ed)?|handle) .{0,20}\bdomain|\bdomain .{0,30}\bnot hosted\b|\baccount or domain may not exist|\bhost address lookups failed permanently|\bindicated no smtp service|\bno mail server for\b|\bunable to find mail exchangers?\b|\bno dns entries\b|\banswer with no data/i,
    },
    category: 'invalid_domain',
    source: 'Outlook.com, MSN, Gmail and Exim',
  },
  {
    id: 'text-no-such-user',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:user|recipients?|mailbox|mail ?box|mail ?drop|address(?:es)?|account|alias|addressee|adresse|destinataire|e-?mail|member|person|customer|inbox|(?<!file )name|utilisateur|empf.{1,2}nger|usuario)\b.{0,60}\b(?:unknown|do(?:es)?(?:n'?t| not) (?:exist|match|have)|not found|not exist\w{0,2}|not (?:known|listed|valid|recogni[sz]ed|registered|a (?:valid|known)|our|hosted|here|present|in (?:the|our))|no longer|invalide?|unavailable|not available|lookup .{0,30}failed|(?<!un)changed|c(?:annot|ould not|ouldn't|an't) be (?:found|verified|located)|isn't (?:here|a|in)|has (?:moved|left)|inconnue?|unbekannt|no existe|undeliverable)/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
  {
    id: 'text-unknown-user',
    when: {
      pattern:
        /\b(?:no such|unknown|invalid|non-?existent|no|illegal|bad|badly formatted|incorrect|undefined|unrecognized|unregistered|unavailable|wrong)(?: or illegal)? (?:destination |local |recipient |e-?mail |mail |valid |virtual )?(?:user|users|recipients?|mailbox|mail ?box|mail ?drop|address|account|alias|addressee|person|local[- ]?part|name|inbox|customer)\b(?! (?:syntax|count|limit|threshold|headers?|input|in (?:header|mime)))|\baddress(?:ee)? (?:unknown|error|rejected\.?(?: @| \(|$))|\bunknown: |doesn't (?:have an?|exist)\b|not listed in|there is no one (?:at|by) |no one (?:here )?by that name|\bnot a (?:valid|known|registered|local) (?:e-?mail |recipient )?(?:user|mailbox|recipient|address|account)|mailbox (?:name |is )?not allowed|\bcuda nsu\b|desconocid|inconnu|unbekannt|(?:has been|was) moved|\bnot our customer|this user has left|has moved to|user not local|unable to (?:find|verify) (?:the )?(?:user|recipient|address)|\bunknown address/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
  {
    id: 'text-deleted',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:mailbox|account|address|user|recipient) (?:@ |you are \w{1,12} to )?(?:has been |was |is |were )?(?:deleted|removed)\b/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
  {
    id: 'text-no-such-address',
    when: {
      reply: ['permanent'],
      pattern:
        /(?:^|\brcpt )(?:\d{3}[ -])?(?:5\.\d\.\d{1,3} )?\W{0,3}@\W{0,4} (?:does(?:n't| not) exist|not found)|\bcan't accept user|\bno one (?:with|by|at) (?:that|this) (?:e-?mail |mail )?address|\bnot found in (?:the |our )?ldap\b|\bunable to find (?:\w{1,12} )?(?:alias|user|recipient)|\b(?:can ?not|can't) deliver mail for @|\bno such (?:id|member|mail-box)\b|\bno mail-box\b|\brecipient (?:is )?unrecogni[sz]ed|\bundeliverable address\b|\b(?:doesn't|does not) handle mail for that user|\baddresses were unknown|\bnot an active address|\bmailbox unavai?able|\bnessun utente|\bno existe\b|\buserunknown\b|\binvalid-recipient\b|\brecipient is not local|\brecipient not ok\b|\brecipient ?notfound|\bbadr(?:cpt|ecipient)to\b|\bvalidrcptto\b|\bmissing home directory|\bin name directory|\bnon[ -]?existent user|\bdelivery userid|\bcannot find (?:that|this|the|such an?) (?:user|recipient|mailbox|address)|\bnot have such an? (?:user|mailbox|account|address)|\bnobody (?:by|of|with) (?:this|that) name|\baddress not in table|\breserved by rfc\b|\bnot (?:found|present) in (?:the |our )?directory|\bnot known at this|\bbad destination\b|\bmalformed local[- ]part|\bnot one of ours\b|\baddress is not in use|\bnot a customer\b|\bcould not find (?:the|this|that|such an?) (?:user|mailbox|address|account)|\bhas left (?:the|our|this) (?:company|organi[sz]ation|firm|university)|\bno longer (?:employed|works?|with us|on staff)|\b(?:my|the) new e-?mail address|\bchanged (?:my |his |her )?e-?mail address|\b(?:recipient|user|mail ?box) (?:@ )?is not on this (?:server|system|host)|\bvalid notes mail file|\buser path\b|\bnot a member of (?:this |the )?domain|\bnot have an account|\brecipient (?:was )?rejected\W{0,3}$|\b(?:user|recipient) \W{0,2}@\W{0,2} not ok\b|\buser is not on this|\bhas been replaced (?:by|with)|\bbad[-_ ]recipient\b/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
];
