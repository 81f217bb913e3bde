import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Keys } from '../../functions/core/ports/keys.ts';
import { scopes } from '../../functions/core/scopes.ts';

export type KeysUnderTest = {
  readonly keys: Pick<Keys, 'authenticate'> & {
    ensureBootstrapKey(configured: string | null): Promise<{ readonly generated: string | null }>;
  };
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

/** What the keys promise, whatever they stand on. */
export function describeKeys(name: string, make: () => Promise<KeysUnderTest>): void {
  describe(`the keys on ${name}`, () => {
    let under: KeysUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    it('generate one unbroken word with at least 128 random bits, and say it once', async () => {
      const { generated } = await under.keys.ensureBootstrapKey(null);
      expect(generated).toMatch(/^pk_[0-9a-f]{32,}$/);
      expect(await under.keys.authenticate(generated ?? '')).toEqual(principal);
      expect(await under.keys.ensureBootstrapKey(null)).toEqual({ generated: null });
      expect(await under.keys.authenticate(generated ?? '')).toEqual(principal);
    });

    it('take a configured key in the place of the one before', async () => {
      const { generated } = await under.keys.ensureBootstrapKey(null);
      const configured = 'ä configured key, with spaces';
      expect(await under.keys.ensureBootstrapKey(configured)).toEqual({ generated: null });
      expect(await under.keys.authenticate(configured)).toEqual(principal);
      expect(await under.keys.authenticate(generated ?? '')).toBeNull();
      expect(await under.keys.ensureBootstrapKey(null)).toEqual({ generated: null });
      expect(await under.keys.authenticate(configured)).toEqual(principal);
    });

    it('know no other text', async () => {
      expect(await under.keys.authenticate('')).toBeNull();
      const { generated } = await under.keys.ensureBootstrapKey(null);
      for (const text of ['', 'pk_', `${generated} `, generated?.slice(0, -1), generated?.toUpperCase()]) {
        expect(await under.keys.authenticate(text ?? '')).toBeNull();
      }
    });
  });
}
