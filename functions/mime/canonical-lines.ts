const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** The bytes with every line ended by CRLF, the last one too: a lone CR or LF is a line end as well (RFC 5321 §2.3.8 forbids both). */
export function canonicalLines(bytes: Buffer): Buffer {
  const missing = missingOctets(bytes);
  if (missing === 0) return bytes;
  const canonical = Buffer.allocUnsafe(bytes.length + missing);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] ?? 0;
    if (octet !== carriageReturn && octet !== lineFeed) {
      canonical[length++] = octet;
      continue;
    }
    if (octet === carriageReturn && bytes[at + 1] === lineFeed) at++;
    canonical[length++] = carriageReturn;
    canonical[length++] = lineFeed;
  }
  if (length < canonical.length) canonical.set([carriageReturn, lineFeed], length);
  return canonical;
}

function missingOctets(bytes: Buffer): number {
  let missing = bytes.length > 0 && !isLineEnd(bytes[bytes.length - 1]) ? 2 : 0;
  for (let at = 0; at < bytes.length; at++) {
    if (!isLineEnd(bytes[at])) continue;
    if (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed) at++;
    else missing++;
  }
  return missing;
}

function isLineEnd(octet: number | undefined): boolean {
  return octet === carriageReturn || octet === lineFeed;
}
