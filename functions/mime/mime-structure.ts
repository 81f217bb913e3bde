import { bodyStart, fieldValue, headerFields, type HeaderField } from './header-section.ts';

/** A message or body part: `header` includes the empty line, `body` is the rest; both are views of the bytes given. */
export type Entity = {
  readonly header: Buffer;
  readonly body: Buffer;
  readonly fields: readonly HeaderField[];
  /** `type/subtype` in lower case. */
  readonly type: string;
  readonly boundary: string | null;
  /** Content-Transfer-Encoding in lower case; `7bit` when absent (RFC 2045 §6.1). */
  readonly encoding: string;
};

/** A stretch of a multipart body; the stretches in order are the whole body. Only parts have meaning (RFC 2046 §5.1.1). */
export type Stretch = { readonly isPart: boolean; readonly bytes: Buffer };

/** Reads an entity; `defaultType` is what it is taken for without a Content-Type. Any bytes can be read. */
export function readEntity(bytes: Buffer, defaultType: string): Entity {
  const start = bodyStart(bytes);
  const header = bytes.subarray(0, start === -1 ? bytes.length : start);
  const fields = headerFields(header);
  const contentType = fieldValue(fields, 'content-type') ?? '';
  return {
    header,
    body: bytes.subarray(header.length),
    fields,
    type: /^[^\s;/]+\/[^\s;/]+/.exec(contentType)?.[0].toLowerCase() ?? defaultType,
    boundary: boundaryOf(contentType),
    encoding: fieldValue(fields, 'content-transfer-encoding')?.toLowerCase() ?? '7bit',
  };
}

/** Splits a multipart body at its delimiter lines; `null` when there is none. A missing last delimiter ends at the end. */
export function splitMultipart(body: Buffer, boundary: string): Stretch[] | null {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const stretches: Stretch[] = [];
  let from = 0;
  let line = nextDelimiter(body, delimiter, 0);
  if (line === null) return null;
  while (line !== null && !line.closes) {
    stretches.push({ isPart: false, bytes: body.subarray(from, line.end) });
    const next = nextDelimiter(body, delimiter, line.end);
    // The CRLF before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
    from = next === null ? body.length : Math.max(line.end, next.start - 2);
    stretches.push({ isPart: true, bytes: body.subarray(line.end, from) });
    line = next;
  }
  stretches.push({ isPart: false, bytes: body.subarray(from) });
  return stretches;
}

type DelimiterLine = { readonly start: number; readonly end: number; readonly closes: boolean };

function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): DelimiterLine | null {
  for (let start = body.indexOf(delimiter, from); start !== -1; start = body.indexOf(delimiter, start + 1)) {
    if (start !== 0 && (body[start - 1] !== 0x0a || body[start - 2] !== 0x0d)) continue;
    let at = start + delimiter.length;
    const closes = body[at] === 0x2d && body[at + 1] === 0x2d;
    if (closes) at += 2;
    while (body[at] === 0x20 || body[at] === 0x09) at++;
    if (at === body.length) return { start, end: at, closes };
    if (body[at] === 0x0d && body[at + 1] === 0x0a) return { start, end: at + 2, closes };
  }
  return null;
}

function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2] ?? '';
  return boundary === '' ? null : boundary;
}
