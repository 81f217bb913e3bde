/**
 * JSON on one line, in which no character is taken for a control by a terminal or a viewer: DEL, C1 and the line ends of Unicode
 * are escaped too, which `JSON.stringify` leaves as they are. Pure.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
