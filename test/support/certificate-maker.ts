import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

export type MadeCertificate = {
  readonly pem: string;
  readonly keyPem: string;
  readonly der: Buffer;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  readonly key: KeyObject;
  readonly subject: string;
};

export type CertificateWishes = {
  readonly subject: string;
  /** Absent: it signs itself. */
  readonly issuer?: MadeCertificate;
  /** DNS names; absent: no subjectAltName. */
  readonly names?: readonly string[];
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Extended key usages by OID. */
  readonly usages?: readonly string[];
  /** Without `keyCertSign` although it be an authority. */
  readonly mayNotSign?: boolean;
  /** A critical extension nobody knows. */
  readonly strange?: boolean;
  /** On the key of another certificate. */
  readonly sameKeyAs?: MadeCertificate;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Signed by another key than the issuer's. */
  readonly forged?: boolean;
};

const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
} as const;
const year = 365 * 86_400_000;

/** A certificate on a fresh P-256 key, in whatever state a test wishes (RFC 5280 §4.1). */
export function makeCertificate(wishes: CertificateWishes): MadeCertificate {
  const privateKey = wishes.sameKeyAs?.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der(0x30, oid(oids.ecdsaWithSha256));
  const toBeSigned = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(wishes.issuer?.subject ?? wishes.subject),
    der(
      0x30,
      time(wishes.notBefore ?? new Date(Date.now() - year)),
      time(wishes.notAfter ?? new Date(Date.now() + year)),
    ),
    nameOf(wishes.subject),
    spki,
    der(0xa3, der(0x30, ...extensionsOf(wishes))),
  );
  const stranger = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signer = wishes.forged === true ? stranger() : (wishes.issuer?.key ?? privateKey);
  const signature = sign('sha256', toBeSigned, signer);
  const certificate = der(0x30, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  return {
    der: certificate,
    pem: new X509Certificate(certificate).toString(),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki,
    key: privateKey,
    subject: wishes.subject,
  };
}

/** The data of a TLSA record about a certificate (RFC 6698 §2.1). */
export function associationOf(certificate: MadeCertificate, selector: number, matchingType: number): Buffer {
  const selected = selector === 0 ? certificate.der : certificate.spki;
  if (matchingType === 0) return selected;
  return createHash(matchingType === 1 ? 'sha256' : 'sha512')
    .update(selected)
    .digest();
}

function extensionsOf(wishes: CertificateWishes): Buffer[] {
  const { names, ca = false, pathLength, usages, mayNotSign, strange } = wishes;
  const isCa = der(0x01, Buffer.from([0xff]));
  const length = pathLength === undefined ? [] : [der(0x02, Buffer.from([pathLength]))];
  const keyUsage = mayNotSign === true ? Buffer.from([7, 0x80]) : Buffer.from([2, 0x04]);
  return [
    extension(oids.basicConstraints, der(0x30, ...(ca ? [isCa, ...length] : [])), true),
    ...(ca ? [extension(oids.keyUsage, der(0x03, keyUsage), true)] : []),
    ...(usages === undefined ? [] : [extension(oids.extendedKeyUsage, der(0x30, ...usages.map(oid)), false)]),
    ...(names === undefined
      ? []
      : [extension(oids.subjectAltName, der(0x30, ...names.map((name) => der(0x82, Buffer.from(name)))), false)]),
    ...(strange === true ? [extension('1.3.6.1.4.1.99999.1', der(0x05), true)] : []),
  ];
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return der(0x30, oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

function nameOf(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid(oids.commonName), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    return septets;
  });
  return der(0x06, Buffer.from(arcs));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
