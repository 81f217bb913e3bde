// RFC 3454 tables: C.1.2 (spaces beyond ASCII), B.1 (mapped to nothing).
const spaces = /[\u{a0}\u{1680}\u{2000}-\u{200b}\u{202f}\u{205f}\u{3000}]/gu;
const dropped = /\p{Variation_Selector}|\u{34f}|[\u{ad}\u{1806}]|[\u{200c}-\u{200d}\u{2060}\u{feff}]/gu;
// C.2 to C.9: controls, private use, noncharacters, halves of pairs, and characters that are no text or change the display.
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u{6dd}\u{70f}\u{180e}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2061}-\u{2063}\u{206a}-\u{206f}\u{2ff0}-\u{2ffb}\u{fff9}-\u{fffd}\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;

/**
 * A name or password in the one spelling that both ends compute with (SASLprep, RFC 4013): NFKC, plain spaces, nothing
 * invisible. Text that the rules prohibit comes back as it is, as does what they would leave nothing of: a server that took
 * such a password did not prepare it either. The rules on text from right to left only prohibit, so they are left out.
 */
export function saslPrepared(text: string): string {
  const prepared = text.replace(spaces, ' ').replace(dropped, '').normalize('NFKC');
  return prepared === '' || prohibited.test(prepared) ? text : prepared;
}
