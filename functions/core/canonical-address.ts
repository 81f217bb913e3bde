import type { Mailbox } from './mailbox.ts';

/**
 * The form under which an address is suppressed: the local part in lower case and without a `+tag`, the domain as an A-label.
 * RFC 5321 §2.4 leaves both to the receiver; all large ones ignore case, and whoever asked not to be mailed meant the mailbox.
 */
export function canonicalAddress({ local, domain }: Mailbox): string {
  const plus = local.indexOf('+');
  const untagged = plus > 0 ? local.slice(0, plus) : local;
  // Normalising costs more than all the rest, and ASCII is in every normal form.
  const normal = /[^\x00-\x7f]/.test(untagged) ? untagged.normalize('NFC') : untagged;
  return `${normal.toLowerCase()}@${domain}`;
}
