import type { Category } from '../core/returned/returned-mail.ts';
import type { Rule } from './rule.ts';

const powerMtaMeanings: readonly (readonly [string, Category, RegExp])[] = [
  ['mailbox', 'invalid_recipient', /^bad-mailbox$/],
  ['inactive', 'inactive_mailbox', /^inactive-mailbox$/],
  ['domain', 'invalid_domain', /^bad-domain$/],
  ['quota', 'mailbox_full', /^quota-issues$/],
  ['spam', 'spam', /^spam-related$/],
  ['content', 'content', /^(?:content|virus)-related$/],
  ['policy', 'policy', /^(?:policy-related|relaying-issues|invalid-sender)$/],
  ['system', 'system', /^(?:routing-errors|bad-configuration)$/],
  ['network', 'network', /^(?:no-answer-from-host|bad-connection)$/],
  ['protocol', 'protocol', /^protocol-errors$/],
  ['expired', 'expired', /^message-expired$/],
];

// `X-PowerMTA-BounceCategory` is a text of its own, looked at when no other one tells anything.
const powerMtaRules = powerMtaMeanings.map(([name, category, pattern]): Rule => ({
  id: `powermta-${name}`,
  when: { reported: true, pattern },
  category,
  source: 'PowerMTA: X-PowerMTA-BounceCategory',
}));

/** What the words of a reporting server mean: it has tried for hours or days before it reports. */
export const reportRules: readonly Rule[] = [
  {
    id: 'report-filtered-at-au',
    when: { reported: true, pattern: /^X-SPASIGN: NG$/ },
    category: 'policy',
    source: 'au (KDDI): the mark of what a filter of the recipient returned',
  },
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
  ...powerMtaRules,
];
