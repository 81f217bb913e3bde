import { createPrivateKey, type KeyObject } from 'node:crypto';

import { dkimRecordName } from '../core/domains/domain-records.ts';
import type { DomainKey, Domains, SenderDomain } from '../core/ports/domains.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';
import type { DkimKey, DkimKeyRing, SigningKeys } from './dkim-key-ring.ts';
import { openDomainKey } from './domain-keys.ts';

export type DomainSigningPorts = {
  readonly domains: Pick<Domains, 'verified'>;
  readonly secretBox: SecretBox;
  /** The keys the operator configured: for domains that the project has not verified. */
  readonly operatorKeys: DkimKeyRing;
};

/** Parsed keys kept in memory; an RSA key is some kilobytes and takes a tenth of a millisecond to parse. */
const mostParsed = 2_000;

/**
 * The keys of the domain that the email's own project has verified, and of exactly that domain; else the operator's. Ed25519
 * signs only while its record is seen, for it is optional and a signature without a record helps nobody. Rejects when a key
 * does not open: the mail must not leave without its signature.
 */
export function createSigningKeys({ domains, secretBox, operatorKeys }: DomainSigningPorts): SigningKeys {
  const parsed = new Map<string, KeyObject>();
  const parse = (domain: SenderDomain, key: DomainKey): KeyObject => {
    const name = `${domain.id} ${key.selector}`;
    const known = parsed.get(name);
    if (known !== undefined) return known;
    const der = Buffer.from(openDomainKey(domain.id, key, secretBox));
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    if (parsed.size >= mostParsed) parsed.clear();
    parsed.set(name, privateKey);
    return privateKey;
  };
  return async ({ projectId, fromDomain }) => {
    const verified = await domains.verified(fromDomain);
    const own = verified.find((domain) => domain.projectId === projectId);
    if (own === undefined) return operatorKeys.keysOf(fromDomain);
    return own.keys
      .filter((key) => key.algorithm === 'rsa-sha256' || isPublished(own, key))
      .map((key): DkimKey => ({
        domain: own.name,
        selector: key.selector,
        algorithm: key.algorithm,
        privateKey: parse(own, key),
      }));
  };
}

function isPublished(domain: SenderDomain, key: DomainKey): boolean {
  const name = dkimRecordName(key.selector, domain.name);
  return domain.records.some((record) => record.name === name && record.status === 'verified');
}
