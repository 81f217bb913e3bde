import type { Rule } from './rule.ts';

/** What the filters in front of other people's servers mean by their own words. */
export const mailFilterRules: readonly Rule[] = [
  {
    id: 'mimecast-greylisting',
    when: {
      reply: ['temporary'],
      hosts: ['mimecast.com'],
      pattern: /internal resources are temporarily unavailable/i,
    },
    category: 'greylisted',
    asks: 'greylist_delay',
    source: 'Mimecast SMTP error codes: 451, a server that is greylisted',
  },
  {
    id: 'mimecast-policy',
    when: {
      hosts: ['mimecast.com'],
      pattern:
        /host network not allowed|administrative prohibition|envelope blocked|rejected by header based|local policy/i,
    },
    category: 'policy',
    source: 'Mimecast SMTP error codes: 554 and 550 of blocked sender policies',
  },
  {
    id: 'symantec-filtered',
    when: { hosts: ['messagelabs.com'], pattern: /message filtered|filtered by outbound/i },
    category: 'spam',
    source: 'Symantec Email Security: 553 Message filtered',
  },
  {
    id: 'proofpoint-blocked',
    when: { pattern: /ipcheck\.proofpoint\.com|support\.proofpoint\.com\/dnsbl|\bpphosted\b.{0,60}blocked/i },
    category: 'reputation',
    source: 'Proofpoint Dynamic Reputation',
  },
  {
    id: 'barracuda-blocked',
    when: { pattern: /barracudacentral\.org|barracudanetworks\.com\/reputation|blocked using .{0,20}barracuda/i },
    category: 'reputation',
    source: 'Barracuda Central',
  },
  {
    id: 'cloudmark-reputation',
    when: { pattern: /csi\.cloudmark\.com|cloudmark sender intelligence/i },
    category: 'reputation',
    source: 'Cloudmark Sender Intelligence',
  },
];
