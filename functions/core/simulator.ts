import type { Mailbox } from './mailbox.ts';

/** What a test address stands for. `complained` is delivered, and a complaint follows at once; `suppressed` is refused by the receiver as an address on its suppression list. */
export type Simulation = 'delivered' | 'bounced' | 'deferred' | 'complained' | 'suppressed' | 'in_doubt';

const localParts: Readonly<Record<string, Simulation>> = {
  delivered: 'delivered',
  bounced: 'bounced',
  deferred: 'deferred',
  complained: 'complained',
  suppressed: 'suppressed',
  'in-doubt': 'in_doubt',
  in_doubt: 'in_doubt',
};

// The vendors' own test domains, as their documentation gives them.
const vendorDomains: Readonly<Record<string, Readonly<Record<string, Simulation>>>> = {
  'resend.dev': localParts,
  'simulator.amazonses.com': {
    success: 'delivered',
    bounce: 'bounced',
    complaint: 'complained',
    suppressionlist: 'suppressed',
    ooto: 'delivered',
  },
  'bounce-testing.postmarkapp.com': {
    hardbounce: 'bounced',
    softbounce: 'deferred',
    transient: 'deferred',
    spamcomplaint: 'complained',
  },
  'blackhole.postmarkapp.com': {},
  'sink.sendgrid.net': {},
};

/**
 * What a test address stands for where mail is simulated (sandbox, test keys): one of the words above before any `+label` at
 * any domain, or a vendor's own test address. `null` for every other address. Pure.
 */
export function simulationOf(mailbox: Mailbox): Simulation | null {
  return vendorSimulationOf(mailbox) ?? wordOf(localParts, mailbox);
}

/** The same for the vendors' test domains alone, whose addresses are never dialled on any route; one without a meaning of its own is delivered. Pure. */
export function vendorSimulationOf(mailbox: Mailbox): Simulation | null {
  if (!Object.hasOwn(vendorDomains, mailbox.domain)) return null;
  return wordOf(vendorDomains[mailbox.domain] ?? {}, mailbox) ?? 'delivered';
}

function wordOf(words: Readonly<Record<string, Simulation>>, mailbox: Mailbox): Simulation | null {
  const [word = ''] = mailbox.local.toLowerCase().split('+', 1);
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null;
}
