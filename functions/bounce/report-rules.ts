import type { Rule } from './rule.ts';

/** What the words of a reporting server mean: it has tried for hours or days before it reports. */
export const reportRules: readonly Rule[] = [
  {
    id: 'report-retried-connection',
    when: {
      reported: true,
      pattern:
        /recipient server did not accept our requests to connect|host not reachable|\b(?:connection|operation|message|session) timed out|\b(?:server|host) (?:did not respond|is not responding)|^timeout\b/i,
    },
    category: 'expired',
    source: 'the reports of Gmail, Zoho, Postfix and Exim: a host that stayed out of reach',
  },
  {
    id: 'report-expired',
    when: {
      reported: true,
      pattern:
        /\benvelope expired\b|\bmessage expired\b|delivery time expired|multiple retries, giving up|\bgiving up\.$|for the last \d{1,9} seconds/i,
    },
    category: 'expired',
    source: 'the reports of OpenSMTPD, DragonFly and Yahoo',
  },
];
