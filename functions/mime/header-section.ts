/** A header field: `name` in lower case, `raw` the whole field one character per octet, folds included, without its last CRLF. */
export type HeaderField = { readonly name: string; readonly raw: string };

/** Where the body begins: after the empty line (RFC 5322 §2.1), or -1 while none has come. */
export function bodyStart(bytes: Buffer): number {
  if (bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a) return 2;
  const end = bytes.indexOf('\r\n\r\n');
  return end === -1 ? -1 : end + 4;
}

/** The fields of a header section, in order. Lines that are no field come with an empty name. */
export function headerFields(section: Buffer): HeaderField[] {
  return withoutLastBreaks(section.toString('latin1'))
    .split(/\r\n(?![ \t])/)
    .map((raw) => ({ name: nameOf(raw), raw }));
}

/** The value of the first field of that name, unfolded; `null` when there is none. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | null {
  const field = fields.find((candidate) => candidate.name === name);
  return field === undefined
    ? null
    : field.raw
        .slice(field.raw.indexOf(':') + 1)
        .replaceAll('\r\n', '')
        .trim();
}

// Not by a regular expression: looking for a run at the end costs the square of every run before it.
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text.endsWith('\r\n', end)) end -= 2;
  return text.slice(0, end);
}

// Obsolete syntax allows space before the colon (RFC 5322 §4.5).
function nameOf(raw: string): string {
  return /^([^\s:]+)[ \t\r\n]*:/.exec(raw)?.[1]?.toLowerCase() ?? '';
}
