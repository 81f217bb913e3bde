const mailboxForm = '(?:w@w|w*<w@w>)';
/** One mailbox or group of an address-list, as text of a regular expression, where every word is a `w`. */
export const elementForm = `(?:${mailboxForm}|w+:(?:${mailboxForm}(?:,${mailboxForm})*)?;)`;
const listForm = new RegExp(`^${elementForm}(?:,${elementForm})*$`);

/**
 * Whether a value is an address-list (RFC 5322 §3.4): mailboxes and groups, with comments, quoted strings and address
 * literals wherever they may stand. Nothing is read out of it, for nothing is decided by it.
 */
export function isAddressList(value: string): boolean {
  const plain = withoutCommentsAndQuotes(value)?.replace(/@[ \t]*\[[^[\]\\]*\]/g, '@l') ?? null;
  if (plain === null || /[\\[\]]/.test(plain)) return false;
  return listForm.test(plain.replace(/[^\s,;:<>@]+/g, 'w').replace(/\s+/g, ''));
}

/**
 * The value with a space for every comment and a word for every quoted string; `null` when one of them has no end. Comments
 * nest (RFC 5322 §3.2.2), and a regular expression would start anew at every escaped quote.
 */
function withoutCommentsAndQuotes(value: string): string | null {
  let plain = '';
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '\\' && (quoted || depth > 0)) {
      at++;
    } else if (quoted) {
      quoted = character !== '"';
      if (!quoted) plain += 'q';
    } else if (character === '(') {
      depth++;
    } else if (character === ')') {
      if (--depth < 0) return null;
      plain += ' ';
    } else if (depth === 0) {
      quoted = character === '"';
      if (!quoted) plain += character;
    }
  }
  return quoted || depth > 0 ? null : plain;
}
