import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readDkimKeys } from '../../functions/mime/dkim-key-files.ts';
import { createKeyRing } from '../../functions/mime/dkim-key-ring.ts';
import { dkimRecord, parseDkimKeys, parseDkimKeysJson } from '../../functions/mime/dkim-keys.ts';
import { ed25519Pem, keysFor, rsaPem } from './signing.ts';

const entry = { source: 'Entry 0', domain: 'example.com', selector: 'a', key: rsaPem };
const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
const locked = generateKeyPairSync('ed25519').privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
});

describe('DKIM keys', () => {
  it('are RSA in PKCS #8 or PKCS #1, or Ed25519 in PEM or as a seed', () => {
    const result = parseDkimKeys([
      { ...entry, domain: 'BÜCHER.example' },
      { ...entry, selector: 'b', key: pkcs1.toString() },
      { ...entry, selector: 'C', key: `\n${ed25519Pem}` },
      { ...entry, selector: 'd', key: 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=' },
    ]);
    const read = result.ok ? result.keys.map(({ domain, selector, algorithm }) => [domain, selector, algorithm]) : [];
    expect(read).toEqual([
      ['xn--bcher-kva.example', 'a', 'rsa-sha256'],
      ['example.com', 'b', 'rsa-sha256'],
      ['example.com', 'c', 'ed25519-sha256'],
      ['example.com', 'd', 'ed25519-sha256'],
    ]);
  });

  it.each([
    ['a domain without a dot', { ...entry, domain: 'localhost' }, /^Entry 0 names the domain "localhost": .*dot/],
    ['a selector with a space', { ...entry, selector: 'a; d=x' }, /^Entry 0 names the selector "a; d=x"; /],
    [
      'RSA of 1024 bits (C57)',
      { ...entry, key: pem(shortRsa) },
      /^Entry 0 holds an rsa key of 1024 bits; .*2048 to 4096/,
    ],
    ['an elliptic curve', { ...entry, key: pem(elliptic) }, /^Entry 0 holds a key of type ec; accepted is an RSA/],
    ['a key with a password', { ...entry, key: locked.toString() }, /^Entry 0 holds no key that can be read without/],
    ['nonsense', { ...entry, key: 'hunter2-hunter2' }, /^Entry 0 holds no key/],
  ])('refuse %s with one sentence that shows no key', (_, text, sentence) => {
    const result = parseDkimKeys([text]);
    expect(result).toMatchObject({ ok: false, why: expect.stringMatching(sentence) });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|BEGIN/);
  });

  it('refuse a second key under one DNS name', () => {
    expect(parseDkimKeys([entry, { ...entry, source: 'Entry 1', key: ed25519Pem }])).toEqual({
      ok: false,
      why: 'Entry 1 names a._domainkey.example.com, which has a key already.',
    });
  });

  it.each(['', '{}', '[1]', '[null]', '[{"domain":"example.com"}]', '[{"domain":1,"selector":"a","key":"b"}]'])(
    'refuse the JSON %j',
    (json) => {
      expect(parseDkimKeysJson(json)).toMatchObject({
        ok: false,
        why: expect.stringContaining('JSON array of objects'),
      });
    },
  );

  it('name the record that publishes them', () => {
    const [ed25519, rsa] = keysFor('example.com').map(dkimRecord);
    expect(rsa?.name).toBe('rsa._domainkey.example.com');
    expect(rsa?.value).toMatch(/^v=DKIM1; k=rsa; p=MII[\w+/]+=*$/);
    expect(ed25519?.value).toMatch(/^v=DKIM1; k=ed25519; p=[\w+/]{43}=$/);
  });
});

describe('a directory of keys', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'dkim-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('holds one file a key, named like its DNS name', () => {
    writeFileSync(path.join(directory, 'rsa1._domainkey.example.com.pem'), rsaPem);
    writeFileSync(path.join(directory, 'ed.1._domainkey.example.org.pem'), ed25519Pem);
    writeFileSync(path.join(directory, 'README'), 'not a key');
    const result = readDkimKeys(directory);
    const read = result.ok ? result.keys.map(({ domain, selector }) => [domain, selector]) : result.why;
    expect(read).toEqual([
      ['example.org', 'ed.1'],
      ['example.com', 'rsa1'],
    ]);
  });

  it('may be given as JSON instead', () => {
    expect(readDkimKeys(JSON.stringify([entry]))).toMatchObject({ ok: true, keys: [{ selector: 'a' }] });
  });

  it('is refused when a name does not fit, a key is bad, or nothing is there', () => {
    expect(readDkimKeys(directory)).toMatchObject({ why: expect.stringContaining(`${directory} holds no file named`) });
    expect(readDkimKeys(path.join(directory, 'none'))).toMatchObject({ why: expect.stringContaining('ENOENT') });
    writeFileSync(path.join(directory, 'a._domainkey.example.com.pem'), 'x');
    expect(readDkimKeys(directory)).toMatchObject({
      why: expect.stringContaining('a._domainkey.example.com.pem holds no'),
    });
    writeFileSync(path.join(directory, '0.pem'), rsaPem);
    expect(readDkimKeys(directory)).toMatchObject({ why: expect.stringContaining('The file 0.pem is not named') });
  });
});

describe('a key ring', () => {
  it('takes the keys of the exact domain, else of the closest parent, RSA first', () => {
    const ring = createKeyRing([...keysFor('example.com'), ...keysFor('mail.example.com')]);
    const domains = (from: string) => ring.keysOf(from).map(({ domain, selector }) => `${selector} ${domain}`);
    expect(domains('example.com')).toEqual(['rsa example.com', 'ed example.com']);
    expect(domains('Mail.example.com')).toEqual(['rsa mail.example.com', 'ed mail.example.com']);
    expect(domains('a.b.mail.example.com')).toEqual(['rsa mail.example.com', 'ed mail.example.com']);
    expect(domains('notexample.com')).toEqual([]);
    expect(domains('com')).toEqual([]);
  });
});

function pem(key: typeof elliptic): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
