const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** What a server said, with its control and format characters escaped: on one line, whatever it was. */
export function escapedText(text: string): string {
  return text.replace(unprintable, (character) => {
    const point = character.codePointAt(0) ?? 0;
    const hex = point.toString(16);
    return point < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}
