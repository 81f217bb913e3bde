import type { Rule } from './rule.ts';

const replies = 'the words of refusals';

/** Words about who sends, and from where. */
export const senderTextRules: readonly Rule[] = [
  {
    id: 'text-authentication',
    when: {
      pattern:
        /\b(?:dmarc|dkim|domainkeys?|spf)\b.{0,80}\b(?:fail\w{0,4}|reject\w{0,3}|pass\w{0,3}|polic(?:y|ies)|check\w{0,3}|verif\w{0,12}|invalid|required|violat\w{0,4}|unauthorized|mismatch|records?)\b|\bspf: |\bno (?:valid )?(?:dkim|spf)\b|\b(?:fail\w{0,4}|bad|invalid|violat\w{0,4}|against|by|per) (?:of )?(?:the )?(?:dmarc|dkim|spf)\b|\bsender ?id\b|unauthenticated (?:e-?mail|mail|message|sender)|sender policy framework|authentication (?:checks?|requirements)|(?:not|isn't) authenticated/i,
    },
    category: 'authentication',
    source: replies,
  },
  {
    id: 'text-no-reverse-dns',
    when: {
      pattern:
        /reverse[- ]?(?:dns|lookup|record|address|hostname)|\bptr\b|\br-?dns\b|mismatches client ip|cannot (?:find|resolve) your (?:reverse )?(?:host ?name|address)|no (?:valid )?(?:hostname|host name) (?:for|of) .{0,20}ip|fix .{0,10}dns|\bunverif\w{1,6} (?:sending |client )?(?:ips?|hosts?)/i,
    },
    category: 'reputation',
    source: replies,
  },
  {
    id: 'text-listed',
    when: {
      pattern:
        /spamhaus|spamcop|sorbs\.|senderscore|senderbase|uceprotect|mailspike|\b(?:dns|r|u?r|s|x|p)bls?\b|block ?-?lists?\b|black ?-?list|(?<!not )\blisted (?:in|on|at|by)\b|blocked using|found on .{0,20}list\b|mail-abuse/i,
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
        /\brelay(?:ing)?\b.{0,30}\b(?:denied|not (?:permitted|allowed|authorized|supported)|prohibited|forbidden|refused|rejected)|\b(?:no|not|unable to|cannot|don't|do not|can't|to) relay(?:ing)?\b|address is not verified|isn't in my list of allowed rcpthosts|not a gateway/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'text-sender-refused',
    when: {
      pattern:
        /\bsender\b.{0,40}\b(?:rejected|denied|refused|blocked|invalid|unknown|not (?:allowed|permitted|accepted|verified|valid)|does not exist|not exist|has (?:a )?null ?mx|verif\w{1,8} failed)|\b(?:sender|from|return|originator)(?:'s)? (?:domain|address|path)\b.{0,60}\b(?:does not exist|doesn't exist|not found|invalid|rejected|unresolvable|does not resolve|not accepted|must)|domain of sender|from unknown senders?|blocked from sending|unroute?able sender|not accept (?:e-?mail|mail|messages) from you\b|^verification failed for|invalid (?:sender|return path|from)\b|mail from .{0,40}(?:rejected|refused|not allowed)|(?:doesn't|does not|cannot) (?:exist|resolve|be resolved).{0,20}\(?sender/i,
    },
    category: 'policy',
    source: replies,
  },
  {
    id: 'phase-mail',
    when: {
      reply: ['permanent'],
      phases: ['mail'],
      pattern: /\b(?:does not exist|no such domain|not found|unknown|invalid|unroute?able|access denied)\b/i,
    },
    category: 'policy',
    source: 'RFC 5321 section 3.3: MAIL FROM speaks of the sender only',
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
