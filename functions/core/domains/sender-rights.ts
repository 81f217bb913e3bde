import { canonicalAddress } from '../canonical-address.ts';
import type { Draft, NamedMailbox } from '../draft.ts';
import { addressOf, type Mailbox, parseDomain, parseMailbox } from '../mailbox.ts';
import type { KeyRights } from '../ports/keys.ts';

/** Whom mail is from and to; a draft has it, and so does the envelope of a raw message. */
export type Addressed = {
  readonly from: NamedMailbox;
  readonly to: readonly NamedMailbox[];
  readonly cc: readonly NamedMailbox[];
  readonly bcc: readonly NamedMailbox[];
};

/** `detail` is one sentence for whoever holds the key. */
export type RightsRefusal = {
  readonly code: 'sender_not_allowed' | 'recipient_not_allowed';
  readonly detail: string;
};

/**
 * Why the key may not send this; `null` when it may. A sender's domain is compared whole, so that a right to
 * `example.com` says nothing of `mail.example.com`; a recipient by domain, or by address in canonical form. Pure.
 */
export function refusalOfRights(
  { senderDomains, recipients }: Pick<KeyRights, 'senderDomains' | 'recipients'>,
  { from, to, cc, bcc }: Addressed,
): RightsRefusal | null {
  const { domain } = from.mailbox;
  if (senderDomains !== null && !senderDomains.includes(domain)) {
    return { code: 'sender_not_allowed', detail: `This API key may not send from ${domain}.` };
  }
  if (recipients === null) return null;
  const foreign = [...to, ...cc, ...bcc].find(({ mailbox }) => !mayReceive(recipients, mailbox));
  if (foreign === undefined) return null;
  return { code: 'recipient_not_allowed', detail: `This API key may not send to ${addressOf(foreign.mailbox)}.` };
}

/** The draft as the key sends it: under a `test` key every email is a test. Pure. */
export function draftUnderRights<Of extends Pick<Draft, 'test'>>({ mode }: Pick<KeyRights, 'mode'>, draft: Of): Of {
  return mode === 'test' ? { ...draft, test: true } : draft;
}

/** Reads an entry of a list of allowed recipients, a domain or an address, into the form in which it is compared. */
export function readAllowedRecipient(
  text: string,
): { readonly ok: true; readonly entry: string } | { readonly ok: false; readonly why: string } {
  if (text.includes('@')) {
    const read = parseMailbox(text);
    return read.ok ? { ok: true, entry: canonicalAddress(read.mailbox) } : read;
  }
  const read = parseDomain(text);
  return read.ok ? { ok: true, entry: read.domain } : read;
}

function mayReceive(allowed: readonly string[], mailbox: Mailbox): boolean {
  return allowed.includes(mailbox.domain) || allowed.includes(canonicalAddress(mailbox));
}
