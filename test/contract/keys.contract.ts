import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { KeyId, ProjectId } from '../../functions/core/ids.ts';
import type { KeyRights, Keys } from '../../functions/core/ports/keys.ts';
import { scopes } from '../../functions/core/keys/scopes.ts';
import { now, project } from './samples.ts';

export type KeysUnderTest = {
  readonly keys: Keys & {
    ensureBootstrapKey(configured: string | null, now: number): Promise<{ readonly generated: string | null }>;
  };
  /** The same, as a process that starts anew on the same store sees them. */
  readonly reopened: () => Keys;
  readonly dispose: () => Promise<void>;
};

const principal = {
  projectId: 'prj_default',
  keyId: 'bootstrap',
  scopes,
  senderDomains: null,
  recipients: null,
  mode: 'live',
  rate: null,
};
const narrow: KeyRights = {
  scopes: ['emails:send'],
  senderDomains: ['one.example'],
  recipients: ['two.example', 'ada@three.example'],
  mode: 'test',
  rate: { limit: 10, windowSeconds: 60 },
};
const other = 'prj_other' as ProjectId;
const createdForm = /^pk_([0-9a-hjkmnp-tv-z]{36})_([0-9a-f]{32,})$/;

/** What the keys promise, whatever they stand on. */
export function describeKeys(name: string, make: () => Promise<KeysUnderTest>): void {
  describe(`the keys on ${name}`, () => {
    let under: KeysUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function created(changes: Partial<KeyRights> & { projectId?: ProjectId } = {}, at = now) {
      return await under.keys.create({ projectId: project, name: 'Älice’s key', ...narrow, ...changes }, at);
    }

    it('generate one unbroken word with at least 128 random bits, and say it once', async () => {
      const { generated } = await under.keys.ensureBootstrapKey(null, now);
      expect(generated).toMatch(/^pk_[0-9a-f]{32,}$/);
      expect(await under.keys.authenticate(generated ?? '')).toEqual(principal);
      expect(await under.keys.ensureBootstrapKey(null, now)).toEqual({ generated: null });
      expect(await under.keys.authenticate(generated ?? '')).toEqual(principal);
    });

    it('take a configured key in the place of the one before', async () => {
      const { generated } = await under.keys.ensureBootstrapKey(null, now);
      const configured = 'ä configured key, with spaces';
      expect(await under.keys.ensureBootstrapKey(configured, now)).toEqual({ generated: null });
      expect(await under.keys.authenticate(configured)).toEqual(principal);
      expect(await under.keys.authenticate(generated ?? '')).toBeNull();
      expect(await under.keys.ensureBootstrapKey(null, now)).toEqual({ generated: null });
      expect(await under.keys.authenticate(configured)).toEqual(principal);
    });

    it('take a configured key that looks like a created one, even like one that is there', async () => {
      const lookalike = `pk_${'0'.repeat(36)}_${'0'.repeat(40)}`;
      await under.keys.ensureBootstrapKey(lookalike, now);
      expect(await under.keys.authenticate(lookalike)).toEqual(principal);
      const { key } = await created();
      const wrongSecret = key.replace(/.{40}$/, '0'.repeat(40));
      await under.keys.ensureBootstrapKey(wrongSecret, now);
      expect(await under.keys.authenticate(wrongSecret)).toEqual(principal);
      expect(await under.keys.authenticate(lookalike)).toBeNull();
    });

    it('know no other text', async () => {
      expect(await under.keys.authenticate('')).toBeNull();
      const { generated } = await under.keys.ensureBootstrapKey(null, now);
      const { key } = await created();
      for (const known of [generated ?? '', key]) {
        for (const text of [`${known} `, ` ${known}`, known.slice(0, -1), known.toUpperCase(), `${known}0`]) {
          expect(await under.keys.authenticate(text)).toBeNull();
        }
      }
      for (const text of ['', 'pk_', 'pk__', 'bootstrap', 'pk_bootstrap']) {
        expect(await under.keys.authenticate(text)).toBeNull();
      }
    });

    it('make a key that is found by the id in it and has the rights it was given', async () => {
      await under.keys.ensureBootstrapKey(null, now);
      const { record, key } = await created({ projectId: other });
      expect(record).toEqual({
        ...narrow,
        projectId: other,
        keyId: expect.stringMatching(/^key_/),
        name: 'Älice’s key',
        createdAt: now,
      });
      const [, id, secret = ''] = createdForm.exec(key) ?? [];
      expect(`key_${id}`).toBe(record.keyId);
      const expected = { ...narrow, projectId: other, keyId: record.keyId };
      expect(await under.keys.authenticate(key)).toEqual(expected);
      expect(await under.reopened().authenticate(key)).toEqual(expected);
      const again = await created({ projectId: other });
      expect(createdForm.exec(again.key)?.[2]).not.toBe(secret);
    });

    it('take the secret of a key under its own id only, and all of it', async () => {
      const [first, second] = [await created(), await created()];
      const [, , secret = ''] = createdForm.exec(first.key) ?? [];
      expect(await under.keys.authenticate(second.key.replace(/[0-9a-f]+$/, secret))).toBeNull();
      for (let at = 0; at < secret.length; at++) {
        const changed = `${secret.slice(0, at)}${secret[at] === '0' ? '1' : '0'}${secret.slice(at + 1)}`;
        expect(await under.keys.authenticate(first.key.replace(secret, changed))).toBeNull();
      }
    });

    it('are listed by project, the newest first and the bootstrap key last', async () => {
      await under.keys.ensureBootstrapKey(null, now);
      const first = await created({}, now);
      const second = await created({}, now + 1);
      const foreign = await created({ projectId: other });
      const bootstrap = { ...principal, name: expect.any(String), createdAt: now };
      expect(await under.keys.list(project)).toEqual([second.record, first.record, bootstrap]);
      expect(await under.reopened().list(project)).toEqual([second.record, first.record, bootstrap]);
      expect(await under.keys.list(other)).toEqual([foreign.record]);
      expect(await under.keys.list('prj_none' as ProjectId)).toEqual([]);
    });

    it('are found one by one, within their project', async () => {
      await under.keys.ensureBootstrapKey(null, now);
      const { record } = await created();
      expect(await under.keys.find(project, record.keyId)).toEqual(record);
      expect(await under.keys.find(project, 'bootstrap' as KeyId)).toMatchObject(principal);
      expect(await under.keys.find(other, record.keyId)).toBeNull();
      expect(await under.keys.find(other, 'bootstrap' as KeyId)).toBeNull();
      expect(await under.keys.find(project, `key_${'0'.repeat(36)}` as KeyId)).toBeNull();
    });

    it('end with their revocation, at once and for good', async () => {
      const { record, key } = await created();
      const { key: untouched } = await created();
      expect(await under.keys.revoke(other, record.keyId)).toBe(false);
      expect(await under.keys.authenticate(key)).not.toBeNull();
      expect(await under.keys.revoke(project, record.keyId)).toBe(true);
      expect(await under.keys.authenticate(key)).toBeNull();
      expect(await under.reopened().authenticate(key)).toBeNull();
      expect(await under.keys.find(project, record.keyId)).toBeNull();
      expect(await under.keys.revoke(project, record.keyId)).toBe(false);
      expect(await under.keys.authenticate(untouched)).not.toBeNull();
    });

    it('keep the bootstrap key, whoever asks to revoke it', async () => {
      const { generated } = await under.keys.ensureBootstrapKey(null, now);
      expect(await under.keys.revoke(project, 'bootstrap' as KeyId)).toBe(false);
      expect(await under.keys.authenticate(generated ?? '')).toEqual(principal);
    });
  });
}
