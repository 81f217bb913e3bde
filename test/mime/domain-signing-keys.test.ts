import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createSqliteDomains } from '../../functions/adapters/domains-sqlite.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { newDomainId } from '../../functions/core/domains/domain-id.ts';
import { recordsToPublish } from '../../functions/core/domains/domain-records.ts';
import type { ProjectId } from '../../functions/core/ids.ts';
import type { Domains, RecordCheck, SenderDomain } from '../../functions/core/ports/domains.ts';
import { createKeyRing, type SigningKeys } from '../../functions/mime/dkim-key-ring.ts';
import { createDomainKeyMaker, openDomainKey } from '../../functions/mime/domain-keys.ts';
import { createSigningKeys } from '../../functions/mime/domain-signing-keys.ts';
import { temporaryStore } from '../adapters/temporary-store.ts';
import { domainOf } from '../contract/domain-samples.ts';
import { now, project } from '../contract/samples.ts';
import { keysFor } from './signing.ts';

const other = 'prj_other' as ProjectId;
const masterKey = systemRandom.bytes(32);
const secretBox = createAesSecretBox(masterKey, systemRandom);
const temporary = temporaryStore();
const domains: Domains = createSqliteDomains(temporary.store);
const operatorKeys = createKeyRing(keysFor('operator.example'));
const signingKeys: SigningKeys = createSigningKeys({ domains, secretBox, operatorKeys });

let domain: SenderDomain;

beforeAll(async () => {
  const id = newDomainId(now, systemRandom);
  const keys = await createDomainKeyMaker({ random: systemRandom, secretBox })(id);
  const records = recordsToPublish('sender.example', keys, { outboundHost: null, returnPathDomain: null });
  domain = domainOf('sender.example', { id, keys, records });
  await domains.add(domain);
});

afterAll(() => temporary.dispose());

async function stand(status: SenderDomain['status'], edRecord: RecordCheck['status'] = 'verified'): Promise<void> {
  const records = domain.records.map(
    (record) => ({ ...record, status: record.required ? 'verified' : edRecord }) as const,
  );
  await domains.update({ ...domain, status, records });
}

async function signers(fromDomain: string, projectId = project): Promise<string[]> {
  return (await signingKeys({ projectId, fromDomain })).map((key) => `${key.algorithm} ${key.domain}`);
}

describe('the keys of a new domain', () => {
  it('are RSA of 2048 bits and Ed25519, under selectors of its own, and fit their records', () => {
    const [rsa, ed25519] = domain.keys;
    if (rsa === undefined || ed25519 === undefined) throw new Error('A key is missing.');
    expect([rsa.selector, ed25519.selector].join(' ')).toMatch(/^postern-r-([\da-f]{8}) postern-e-\1$/);
    const open = (key: typeof rsa) =>
      createPrivateKey({ key: Buffer.from(openDomainKey(domain.id, key, secretBox)), format: 'der', type: 'pkcs8' });
    const rsaPublic = createPublicKey({ key: Buffer.from(rsa.publicKey, 'base64'), format: 'der', type: 'spki' });
    expect(rsaPublic.asymmetricKeyDetails?.modulusLength).toBe(2048);
    const text = createHash('sha256').update('text').digest();
    expect(verify('sha256', text, rsaPublic, sign('sha256', text, open(rsa)))).toBe(true);
    const spki = createPublicKey(open(ed25519)).export({ type: 'spki', format: 'der' });
    expect(spki.subarray(-32).toString('base64')).toBe(ed25519.publicKey);
    expect(Buffer.from(ed25519.publicKey, 'base64')).toHaveLength(32);
  });

  it('do not open for another domain', () => {
    const [rsa] = domain.keys;
    if (rsa === undefined) throw new Error('A key is missing.');
    expect(() => openDomainKey(newDomainId(now, systemRandom), rsa, secretBox)).toThrow(/does not open/);
  });

  it('are nowhere in the files of the store, in no usual form (X08)', () => {
    const files = readdirSync(temporary.directory).map((name) => readFileSync(path.join(temporary.directory, name)));
    const holds = (needle: Buffer | string): boolean => files.some((bytes) => bytes.includes(needle));
    expect(holds(domain.id)).toBe(true);
    expect(holds(masterKey as Buffer)).toBe(false);
    for (const key of domain.keys) {
      expect(holds(key.publicKey)).toBe(true);
      const der = Buffer.from(openDomainKey(domain.id, key, secretBox));
      // The last octets are of the private part in both structures; base64 is tried at its three alignments.
      const secret = der.subarray(-30);
      expect(holds(secret)).toBe(false);
      expect(holds(secret.toString('hex'))).toBe(false);
      for (const skip of [0, 1, 2]) expect(holds(secret.subarray(skip, 27 + skip).toString('base64'))).toBe(false);
    }
  });
});

describe('mail is signed', () => {
  it('with both keys of a verified domain, RSA first, for its own project and exactly that domain', async () => {
    await stand('verified');
    expect(await signers('sender.example')).toEqual(['rsa-sha256 sender.example', 'ed25519-sha256 sender.example']);
    expect(await signers('sender.example', other)).toEqual([]);
    expect(await signers('news.sender.example')).toEqual([]);
    expect(await signers('example')).toEqual([]);
  });

  it('with RSA alone while the record of the other key is not seen', async () => {
    await stand('verified', 'missing');
    expect(await signers('sender.example')).toEqual(['rsa-sha256 sender.example']);
    await stand('verified', 'unknown');
    expect(await signers('sender.example')).toEqual(['rsa-sha256 sender.example']);
  });

  it('no longer once the domain has failed or is gone', async () => {
    await stand('verified');
    expect(await signers('sender.example')).toHaveLength(2);
    await stand('failed');
    expect(await signers('sender.example')).toEqual([]);
    await stand('verified');
    expect(await signers('sender.example')).toHaveLength(2);
    await domains.remove(project, domain.id);
    expect(await signers('sender.example')).toEqual([]);
    await domains.add(domain);
  });

  it("with the operator's keys where the project has none", async () => {
    expect(await signers('operator.example')).toEqual([
      'rsa-sha256 operator.example',
      'ed25519-sha256 operator.example',
    ]);
    expect(await signers('x.operator.example', other)).toHaveLength(2);
  });

  it('not at all when a key does not open', async () => {
    await stand('verified');
    const wrongBox = createAesSecretBox(systemRandom.bytes(32), systemRandom);
    const keys = createSigningKeys({ domains, secretBox: wrongBox, operatorKeys });
    await expect(keys({ projectId: project, fromDomain: 'sender.example' })).rejects.toThrow(/does not open/);
  });

  it('with keys that are parsed once', async () => {
    await stand('verified');
    const from = { projectId: project, fromDomain: 'sender.example' };
    const [first, second] = [await signingKeys(from), await signingKeys(from)];
    expect(first[0]?.privateKey).toBe(second[0]?.privateKey);
  });
});
