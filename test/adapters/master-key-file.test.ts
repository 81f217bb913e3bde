import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { derivedKey } from '../../functions/adapters/derived-key.ts';
import { openMasterKeyFile } from '../../functions/adapters/master-key-file.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'postern-key-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the master key', () => {
  it('is made once, for the owner alone, and read again from then on', () => {
    const made = openMasterKeyFile(directory, systemRandom);
    expect(made).toHaveLength(32);
    expect([...openMasterKeyFile(directory, systemRandom)]).toEqual([...made]);
    expect(statSync(path.join(directory, 'master.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['master.key']);
  });

  it('is made in a directory that does not exist yet', () => {
    const below = path.join(directory, 'a', 'b');
    const made = openMasterKeyFile(below, systemRandom);
    expect(readFileSync(path.join(below, 'master.key'))).toEqual(Buffer.from(made));
  });

  it('that a crash has left half written is made anew', () => {
    writeFileSync(path.join(directory, 'master.key.new'), 'half');
    expect(openMasterKeyFile(directory, systemRandom)).toHaveLength(32);
  });

  it('of another length is refused instead of used', () => {
    writeFileSync(path.join(directory, 'master.key'), 'short');
    expect(() => openMasterKeyFile(directory, systemRandom)).toThrow(
      /master\.key holds 5 bytes instead of a key of 32/,
    );
  });
});

describe('keys derived from it', () => {
  it('differ by purpose and by master key, and are the same every time', () => {
    const one = new Uint8Array(32).fill(1);
    const two = new Uint8Array(32).fill(2);
    const hex = (master: Uint8Array, purpose: string): string =>
      Buffer.from(derivedKey(master, purpose)).toString('hex');
    expect(hex(one, 'cursor')).toBe(hex(one, 'cursor'));
    expect(new Set([hex(one, 'cursor'), hex(one, 'box'), hex(two, 'cursor')]).size).toBe(3);
  });
});
