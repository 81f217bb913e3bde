import { addressOf, needsSmtpUtf8, type Mailbox } from '../core/mailbox.ts';
import { bounds } from './bounds.ts';

/** The parameters of MAIL and RCPT that ask for delivery status notifications (RFC 3461), where DSN is offered. */
export type DsnParameters = { readonly mail: string; rcpt(recipient: Mailbox): string };

const none: DsnParameters = { mail: '', rcpt: () => '' };

/** Nobody can be told of anything sent by `<>`, and reports about reports are not wanted either (RFC 3461 §6.1). */
const neverTold: DsnParameters = { mail: '', rcpt: () => ' NOTIFY=NEVER' };

/**
 * Reports of failures only, with the header fields and without the content: an acceptance is on record here already, a delay
 * at the next host changes nothing, and the content is kept here. `ENVID` is the delivery, the same at every attempt, and
 * `ORCPT` the recipient as we know it, so that a report can be told whatever the hosts on the way made of the address.
 */
export function dsnParameters(offered: boolean, sender: Mailbox | null, deliveryId: string): DsnParameters {
  if (!offered) return none;
  if (sender === null) return neverTold;
  const envelopeId = xtext(deliveryId);
  return {
    mail: ` RET=HDRS${envelopeId.length <= bounds.envelopeIdOctets ? ` ENVID=${envelopeId}` : ''}`,
    rcpt: (recipient) => {
      const original = originalRecipient(recipient);
      return ` NOTIFY=FAILURE${original.length <= bounds.originalRecipientOctets ? ` ORCPT=${original}` : ''}`;
    },
  };
}

/** RFC 3461 §4: printable ASCII but `+` and `=` as it is, every other octet as `+` and two digits. */
export function xtext(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^!-*,-<>-~]/g, (octet) => `+${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** RFC 3461 §4.2; an address beyond ASCII in the form that is ASCII all the same (RFC 6533 §3). */
function originalRecipient(recipient: Mailbox): string {
  const address = addressOf(recipient);
  if (!needsSmtpUtf8(recipient)) return `rfc822;${xtext(address)}`;
  const quoted = address.replace(
    /[^!-*,-<>-[\]-~]/gu,
    (character) => `\\x{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}}`,
  );
  return `utf-8;${quoted}`;
}
