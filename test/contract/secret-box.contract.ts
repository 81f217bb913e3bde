import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { SecretBox } from '../../functions/core/ports/secret-box.ts';

/** What a secret box promises, whatever it is made of; `make` gives a box under a key of its own each time. */
export function describeSecretBox(name: string, make: () => SecretBox): void {
  describe(`the secret box of ${name}`, () => {
    it('opens what it has sealed, and nothing that was changed', () => {
      const box = make();
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.nat(), (plain, context, place) => {
          const sealed = box.seal(plain, context);
          expect(new Uint8Array(box.open(sealed, context))).toEqual(plain);
          const changed = Uint8Array.from(sealed);
          const at = place % sealed.length;
          changed[at] = (changed[at] ?? 0) ^ (1 << (place % 8));
          expect(() => box.open(changed, context)).toThrow(/does not open/);
          expect(() => box.open(sealed.subarray(0, at), context)).toThrow(/does not open/);
        }),
      );
    });

    it('opens under the same key and for the same context only', () => {
      const box = make();
      const sealed = box.seal(Buffer.from('secret'), 'mine');
      expect(() => box.open(sealed, 'theirs')).toThrow(/does not open/);
      expect(() => make().open(sealed, 'mine')).toThrow(/does not open/);
    });

    it('never seals alike, nor shows what it has sealed', () => {
      const box = make();
      const plain = Buffer.alloc(64, 0x41);
      const sealed = Array.from({ length: 50 }, () => Buffer.from(box.seal(plain, '')));
      expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(50);
      expect(sealed.some((bytes) => bytes.includes(plain.subarray(0, 4)))).toBe(false);
    });
  });
}
