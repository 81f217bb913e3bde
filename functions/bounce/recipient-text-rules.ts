import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about the mailbox and its domain. */
export const recipientTextRules: readonly Rule[] = [
  {
    id: 'text-inactive',
    when: {
      pattern:
        /\b(?:account|mailbox|user|e-?mail address|recipient|address|box)\b.{0,40}\b(?:disabled|suspended|inactive|frozen|locked|deactivated|de-activated|expired|abandoned|discontinued|terminated|cancell?ed|closed|not active|no longer (?:active|in use|enabled)|not been used|not activated|not (?:currently )?enabled|on hold|limited|has been blocked|is blocked|restricted)\b|\b(?:inactive|disabled|deactivated|suspended|dormant|blocked|expired|frozen) (?:user|account|mailbox|recipient|e-?mail|due)|DisabledUser|InactiveUser/i,
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
    id: 'text-no-such-user',
    when: {
      reply: ['permanent'],
      pattern:
        /\b(?:user|recipients?|mailbox|mail ?box|address|account|alias|addressee|adresse|destinataire|e-?mail|member|person|customer|inbox|name|utilisateur|empf.{1,2}nger|usuario)\b.{0,60}\b(?:unknown|do(?:es)?(?:n'?t| not) (?:exist|match|have)|not found|not exist\w{0,2}|not (?:known|listed|valid|recogni[sz]ed|registered|a (?:valid|known)|our|hosted|here|present|in (?:the|our))|no longer|invalide?|unavailable|c(?:annot|ould not|ouldn't|an't) be (?:found|verified|located)|isn't (?:here|a|in)|has (?:moved|left)|inconnue?|unbekannt|no existe|undeliverable)/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
  {
    id: 'text-unknown-user',
    when: {
      pattern:
        /\b(?:no such|unknown|invalid|non-?existent|no|illegal|bad|incorrect|undefined)(?: or illegal)? (?:destination |local |recipient |e-?mail |mail |valid |virtual )?(?:user|users|recipients?|mailbox|mail ?box|address|account|alias|addressee|person|local[- ]?part|name|inbox|customer)\b|\baddress(?:ee)? (?:unknown|error|rejected\.?(?: @| \(|$))|\bunknown: |doesn't (?:have|exist)|not listed in|there is no one (?:at|by) |no one (?:here )?by that name|\bnot a (?:valid|known|registered|local) (?:e-?mail |recipient )?(?:user|mailbox|recipient|address|account)|mailbox name not allowed|\bcuda_nsu\b|desconocid|inconnu|unbekannt|(?:has been|was) moved|\bnot our customer|this user has left|has moved to|user not local|unable to (?:find|verify) (?:the )?(?:user|recipient|address)|\bunknown address/i,
    },
    category: 'invalid_recipient',
    source: replies,
  },
];
