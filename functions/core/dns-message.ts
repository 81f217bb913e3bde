// RFC 1035 §4.1.1.
const headerBytes = 12;
const responseBit = 0x80;
const opcodeBits = 0x78;
const truncatedBit = 0x02;
const rcodeMask = 0x0f;
const nameError = 3;

/**
 * Whether the message is a response to our query: same id, a response, and the question repeated as we asked it, whatever
 * the case. A server that cannot read us may leave the question out, but then it can only say so, not that a name is absent.
 * Pure.
 */
export function isAnswerTo(bytes: Uint8Array, query: Uint8Array): boolean {
  if (bytes.length < headerBytes || bytes[0] !== query[0] || bytes[1] !== query[1]) return false;
  const flags = bytes[2] ?? 0;
  if ((flags & responseBit) === 0 || (flags & opcodeBits) !== 0) return false;
  const questions = Buffer.from(bytes).readUInt16BE(4);
  const rcode = (bytes[3] ?? 0) & rcodeMask;
  if (questions === 0) return rcode !== 0 && rcode !== nameError;
  return questions === 1 && questionOf(bytes, query) === questionOf(query, query);
}

/** Whether the message says of itself that it is not whole (RFC 1035 §4.1.1, TC). Pure. */
export function isTruncated(bytes: Uint8Array): boolean {
  return ((bytes[2] ?? 0) & truncatedBit) !== 0;
}

// The question of `bytes`, as long as the one of the query, in lower case: letters only stand in the name.
function questionOf(bytes: Uint8Array, query: Uint8Array): string {
  let end = headerBytes;
  for (let length = query[end]; length !== undefined && length > 0; length = query[end]) end += length + 1;
  const name = Buffer.from(bytes.subarray(headerBytes, end + 1));
  const typeAndClass = Buffer.from(bytes.subarray(end + 1, end + 5));
  return `${name.toString('latin1').toLowerCase()} ${typeAndClass.toString('hex')}`;
}
