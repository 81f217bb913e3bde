import { parseMailbox } from '../core/mailbox.ts';

const mostLocal = 64;
const mostDomain = 253;
// Quoted local parts are left out: in running text they cannot be told from what stands around them.
// What could not be decoded, and control characters, are of no address.
const inAddress = /[^\s<>()[\]"',;:@\x00-\x1f\x7f-\x9f\ufffd]/;
// Exchange writes the type of an address before it: `dda:SMTP=a@x.test`.
const addressType = /^(?:smtp|rfc-?822)=/i;
// RFC 6533 §3: characters beyond ASCII in `utf-8-addr-xtext` and `utf-8-addr-unitext`.
const hexPoint = /\\x\{([0-9A-Fa-f]{2,6})\}/g;

/** The first address in a text, without the full stop of a sentence; `null` when there is none. Linear time. */
export function addressIn(text: string): string | null {
  const readable = text.replace(hexPoint, characterOf);
  const span = nextAddress(readable, 0);
  if (span === null) return null;
  return readable.slice(span.start, span.end).replace(addressType, '').replace(/\.$/, '').toWellFormed();
}

/**
 * The address that a field is there to give: the whole of its value where that is one, for `o'brien@x.test` cannot be told from
 * what stands around it otherwise; else the first in it.
 */
export function addressStated(value: string): string | null {
  const readable = value.replace(hexPoint, characterOf).trim();
  return parseMailbox(readable).ok ? readable : addressIn(value);
}

/** A text in which every address is replaced by `@`. Linear time. */
export function withoutAddresses(text: string): string {
  let result = '';
  let from = 0;
  for (let span = nextAddress(text, 0); span !== null; span = nextAddress(text, from)) {
    result += `${text.slice(from, span.start)}@`;
    from = span.end;
  }
  return result + text.slice(from);
}

type Span = { readonly start: number; readonly end: number };

// Not by a regular expression: looking for a local part costs its longest length at every character.
function nextAddress(text: string, from: number): Span | null {
  for (let at = text.indexOf('@', from); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > from && at - start < mostLocal && inAddress.test(text.charAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && end - at <= mostDomain && inAddress.test(text.charAt(end))) end++;
    if (start < at && end > at + 1) return { start, end };
  }
  return null;
}

function characterOf(whole: string, hex: string): string {
  const point = Number.parseInt(hex, 16);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point).toWellFormed() : whole;
}
