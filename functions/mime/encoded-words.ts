const encodedWord = /=\?([^?\s*]+)(?:\*[^?\s]*)?\?([QqBb])\?([^?\s]*)\?=/g;
// White space between two encoded words is not part of the text (RFC 2047 §6.2).
const betweenWords = /(\?=)\s+(?==\?[^?\s]+\?[QqBb]\?[^?\s]*\?=)/g;

/**
 * A header field's text as a person reads it: encoded words (RFC 2047) decoded, control characters turned into spaces. What
 * cannot be decoded stays as it is. For display only.
 */
export function readableText(value: string): string {
  const runs: { charset: string; bytes: Buffer[] }[] = [];
  const text = value.replace(betweenWords, '$1').replace(encodedWord, (word, charset: string, encoding, content) => {
    if (decoderOf(charset) === null) return word;
    const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(content, 'base64') : fromQ(content);
    runs.push({ charset, bytes: [bytes] });
    return `\u0000${runs.length - 1}\u0000`;
  });
  return decoded(text, runs).replace(/[\x00-\x1f\x7f]+/g, ' ');
}

// A character may be split over two encoded words that stand side by side, which is wrong but common.
function decoded(text: string, runs: readonly { charset: string; bytes: Buffer[] }[]): string {
  return text.replace(/(?:\u0000\d+\u0000)+/g, (places) => {
    const sideBySide = places.match(/\d+/g)?.flatMap((place) => runs[Number(place)] ?? []) ?? [];
    const joined: { charset: string; bytes: Buffer[] }[] = [];
    for (const { charset, bytes } of sideBySide) {
      const last = joined.at(-1);
      if (last?.charset.toLowerCase() === charset.toLowerCase()) last.bytes.push(...bytes);
      else joined.push({ charset, bytes: [...bytes] });
    }
    return joined.map(({ charset, bytes }) => decoderOf(charset)?.decode(Buffer.concat(bytes)) ?? '').join('');
  });
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | null {
  try {
    return new TextDecoder(charset);
  } catch {
    return null;
  }
}

function fromQ(content: string): Buffer {
  const text = content.replaceAll('_', ' ').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(text, 'latin1');
}
