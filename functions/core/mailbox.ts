import { domainToASCII } from 'node:url';

import type { Brand } from './brand.ts';
import { limits } from './limits.ts';

/** An address that may be written on the wire: `local` is a dot-atom (RFC 5321 §4.1.2, RFC 6531 §3.3), `domain` an A-label in lower case. */
export type Mailbox = Brand<{ readonly local: string; readonly domain: string }, 'Mailbox'>;

export type MailboxResult =
  | { readonly ok: true; readonly mailbox: Mailbox }
  | { readonly ok: false; readonly why: string };

// atext of RFC 5322 §3.2.3; beyond ASCII letters, marks, numbers, punctuation and symbols (no controls, spaces or format characters).
const dotAtom =
  /^(?:[\w!#$%&'*+\-/=?^`{|}~]|[^\x00-\x7f\p{C}\p{Z}])+(?:\.(?:[\w!#$%&'*+\-/=?^`{|}~]|[^\x00-\x7f\p{C}\p{Z}])+)*$/u;
// What may stand in a domain before UTS-46: no percent sign, brackets or ports, which a URL host parser would interpret.
const domainCharacters = /^(?:[a-z0-9.-]|[^\x00-\x7f\p{Z}])+$/iu;
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Reads an addr-spec. Quoted local parts, comments, source routes, domain literals and domains without a dot are legal in
 * RFC 5321 but refused: what they are needed for no longer exists, and parsers disagree about them.
 * The domain goes through UTS-46 once; the local part keeps its case (RFC 5321 §2.4).
 */
export function parseMailbox(text: string): MailboxResult {
  const at = text.lastIndexOf('@');
  if (at < 1) return refused('An address has the form local@domain.');
  const local = text.slice(0, at);
  const localProblem = problemOfLocalPart(local);
  if (localProblem !== null) return refused(localProblem);
  const domain = parseDomain(text.slice(at + 1));
  if (!domain.ok) return domain;
  if (Buffer.byteLength(local) + 1 + domain.domain.length > limits.addressOctets) {
    return refused(`An address has at most ${limits.addressOctets} octets (RFC 5321 section 4.5.3.1.3).`);
  }
  return { ok: true, mailbox: { local, domain: domain.domain } as Mailbox };
}

/** Reads a domain name of at least two labels into its A-label form in lower case (UTS-46, non-transitional). */
export function parseDomain(
  text: string,
): { readonly ok: true; readonly domain: string } | { readonly ok: false; readonly why: string } {
  if (text.startsWith('[')) return refused('An address literal is not accepted as a domain; give a domain name.');
  if (!domainCharacters.test(text)) return refused('A domain consists of letters, digits, hyphens and dots.');
  const domain = domainToASCII(text).toLowerCase();
  const labels = domain.split('.');
  if (domain.length > limits.domainOctets) return refused(`A domain has at most ${limits.domainOctets} octets.`);
  if (labels.some((part) => part.length > limits.domainLabelOctets || !label.test(part))) {
    return refused('Each label of a domain has 1 to 63 letters, digits and inner hyphens, and valid punycode.');
  }
  if (labels.length < 2) return refused('A domain needs at least one dot.');
  if (/^\d+$/.test(labels.at(-1) ?? ''))
    return refused('A domain does not end in a number; address literals are not accepted.');
  return { ok: true, domain };
}

/** The address as it stands in the envelope and in answers: `local@domain`. */
export function addressOf(mailbox: Mailbox): string {
  return `${mailbox.local}@${mailbox.domain}`;
}

/** Whether the local part needs the SMTPUTF8 extension (RFC 6531 §3.2); an international domain alone does not. */
export function needsSmtpUtf8(mailbox: Mailbox): boolean {
  return /[^\x00-\x7f]/.test(mailbox.local);
}

function problemOfLocalPart(local: string): string | null {
  if (Buffer.byteLength(local) > limits.localPartOctets) {
    return `The part before the @ has at most ${limits.localPartOctets} octets (RFC 5321 section 4.5.3.1.1).`;
  }
  if (local.startsWith('"')) return 'A quoted part before the @ is not accepted.';
  // RFC 2047 §5: an encoded word never stands in an addr-spec; some parsers decode it there all the same.
  if (local.includes('=?')) return 'An encoded word is not accepted in an address.';
  if (!local.isWellFormed() || !dotAtom.test(local)) {
    return "The part before the @ is made of letters, digits and the characters .!#$%&'*+-/=?^_`{|}~ with no dot at either end or doubled.";
  }
  return null;
}

function refused(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
