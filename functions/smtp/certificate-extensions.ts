import type { X509Certificate } from 'node:crypto';

/** Of a certificate's extensions (RFC 5280 §4.2), what Node does not tell. */
export type CertificateExtensions = {
  /** How many authorities may stand between this one and a server; `null` for any number. */
  readonly pathLength: number | null;
  /** One is critical that we cannot judge, name constraints among them: the certificate must not be relied on. */
  readonly beyondUs: boolean;
};

type Element = { readonly tag: number; readonly content: Buffer; readonly next: number };

const tags = { boolean: 0x01, integer: 0x02, oid: 0x06, extensions: 0xa3 } as const;
const basicConstraints = '551d13';
// basicConstraints, keyUsage, extKeyUsage, subjectAltName, and policies, of which we accept any: OIDs in DER.
const judged = new Set([basicConstraints, '551d0f', '551d25', '551d11', '551d20']);

/** Reads the extensions of a certificate that OpenSSL has parsed, and which is therefore DER. Pure. */
export function extensionsOf(certificate: Pick<X509Certificate, 'raw'>): CertificateExtensions {
  const [toBeSigned] = childrenOf(elementAt(certificate.raw, 0).content);
  const field = childrenOf(toBeSigned?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === tags.extensions);
  const [list] = field === undefined ? [] : childrenOf(field.content);
  let result: CertificateExtensions = { pathLength: null, beyondUs: false };
  for (const extension of list === undefined ? [] : childrenOf(list.content)) {
    const parts = childrenOf(extension.content);
    const id = parts[0]?.content.toString('hex') ?? '';
    const critical = parts[1]?.tag === tags.boolean && parts[1].content[0] !== 0;
    if (critical && !judged.has(id)) result = { ...result, beyondUs: true };
    if (id === basicConstraints) result = { ...result, pathLength: pathLengthOf(parts.at(-1)?.content) };
  }
  return result;
}

function pathLengthOf(value: Buffer | undefined): number | null {
  if (value === undefined || value.length === 0) return null;
  const integer = childrenOf(elementAt(value, 0).content).find(({ tag }) => tag === tags.integer);
  return integer === undefined ? null : integer.content.readUIntBE(0, Math.min(integer.content.length, 6));
}

function childrenOf(content: Buffer): Element[] {
  const children: Element[] = [];
  for (let at = 0; at < content.length;) {
    const element = elementAt(content, at);
    children.push(element);
    at = element.next;
  }
  return children;
}

// Tags have one byte in certificates, and lengths are definite.
function elementAt(bytes: Buffer, at: number): Element {
  const tag = bytes[at] ?? 0;
  const first = bytes[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, Math.min(lengthBytes, 6));
  const start = at + 2 + lengthBytes;
  return { tag, content: bytes.subarray(start, start + length), next: start + length };
}
