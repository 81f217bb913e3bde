import { withoutAddresses } from './reported-address.ts';

/** What is looked at of a text. Replies and diagnostics are shorter; rules look for a few words. */
const mostCharacters = 4_096;

// The codes of a reply's further lines, which stand in the middle of sentences when the lines have been joined.
const continuation = /(?<= )[245]\d\d-(?:[245]\.\d{1,3}\.\d{1,3} )?/g;

// Programs write what they found as a name of their own: `USER_UNKNOWN`.
const joined = /(?<=[A-Za-z\d])_(?=[A-Za-z])/g;

/** A text as the rules see it: on one line, single spaces, addresses replaced by `@`, names of several words taken apart, at most 4,096 characters. Linear time. */
export function wordsOf(text: string): string {
  const line = text.slice(0, mostCharacters).replaceAll('\u2019', "'").replace(/\s+/g, ' ');
  // An address is somebody's choice of words (`blocked@`, `spam@`), so rules must not see it.
  return withoutAddresses(line).replace(continuation, '').replace(joined, ' ').trim();
}
