import { systemRandom } from '../../functions/adapters/random-system.ts';
import { newDomainId } from '../../functions/core/domains/domain-id.ts';
import { recordsToPublish } from '../../functions/core/domains/domain-records.ts';
import type { DomainKey, SenderDomain } from '../../functions/core/ports/domains.ts';
import { now, project } from './samples.ts';

const rsaKey: DomainKey = {
  selector: 'r',
  algorithm: 'rsa-sha256',
  publicKey: 'MIIBIjANBgkq',
  sealedPrivateKey: new Uint8Array([1, 0, 255, 128]),
};
const edKey: DomainKey = {
  selector: 'e',
  algorithm: 'ed25519-sha256',
  publicKey: '11qYAYKxCrfVS',
  sealedPrivateKey: new Uint8Array(0),
};

/** A pending domain of the sample project, with keys that sign nothing. */
export function domainOf(name = 'sender.example', changes: Partial<SenderDomain> = {}): SenderDomain {
  const keys = [rsaKey, edKey];
  return {
    id: newDomainId(now, systemRandom),
    projectId: project,
    name,
    status: 'pending',
    createdAt: now,
    verifiedAt: null,
    checkedAt: null,
    nextCheckAt: now,
    missingSince: null,
    missedChecks: 0,
    keys,
    records: recordsToPublish(name, keys, { outboundHost: 'out.example', returnPathDomain: 'back.example' }),
    ...changes,
  };
}
