import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createReturnPaths } from '../../functions/bounce/return-path.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import { newEmailId, type ProjectId } from '../../functions/core/ids.ts';
import { addressOf, parseMailbox } from '../../functions/core/mailbox.ts';
import type { ReturnPaths } from '../../functions/core/ports/return-paths.ts';
import { wireReturnPaths } from '../../functions/wiring/return-paths.ts';

const now = Date.UTC(2026, 10, 25, 12);
const day = 86_400_000;
const [one, other] = ['prj_one' as ProjectId, 'prj_other' as ProjectId];
const key = (fill: number) => new Uint8Array(32).fill(fill);
const paths = createReturnPaths('back.example', [key(1)]);
const deliveryId = deliveryIdOf(newEmailId(now, systemRandom), 3);
const bearer = { projectId: one, deliveryId, position: 7 };
const address = addressOf(paths.addressFor(bearer, now));

describe('a return path (X24)', () => {
  it('is an address with 64 octets before the @ that speaks for whom it was made for', () => {
    fc.assert(
      fc.property(
        fc.record({
          index: fc.nat({ max: 49 }),
          position: fc.option(fc.nat({ max: 49 })),
          at: fc.integer({ min: 0, max: now * 3 }),
        }),
        ({ index, position, at }) => {
          const emailId = newEmailId(at, systemRandom);
          const made = { projectId: one, deliveryId: deliveryIdOf(emailId, index), position };
          const mailbox = paths.addressFor(made, at);
          expect(mailbox.local).toMatch(/^bounce\+[0-9a-z]{57}$/);
          expect(parseMailbox(addressOf(mailbox))).toEqual({ ok: true, mailbox });
          expect(paths.claimedBy(addressOf(mailbox))).toBe(emailId);
          expect(paths.verified(addressOf(mailbox), [other, one], at)).toEqual(made);
        },
      ),
    );
  });

  it('is read whatever a server has made of its case', () => {
    expect(paths.verified(address.toUpperCase(), [one], now)).toEqual(bearer);
  });

  it('speaks for 30 days, and not again when the number of its day comes round', () => {
    expect(paths.verified(address, [one], now + 30 * day)).toEqual(bearer);
    expect(paths.verified(address, [one], now - day)).toEqual(bearer);
    for (const days of [-2, 32, 100, 4_095, 4_096, 4_100]) {
      expect([days, paths.verified(address, [one], now + days * day)]).toEqual([days, null]);
    }
  });

  it('says nothing in another project, at another domain or under another key', () => {
    const elsewhere = createReturnPaths('other.example', [key(1)]);
    expect(paths.verified(address, [other], now)).toBeNull();
    expect(paths.verified(address, [], now)).toBeNull();
    expect(elsewhere.verified(address, [one], now)).toBeNull();
    expect(paths.verified(address.replace('back.', 'other.'), [one], now)).toBeNull();
    expect(elsewhere.verified(address.replace('back.', 'other.'), [one], now)).toBeNull();
    expect(createReturnPaths('back.example', [key(2)]).verified(address, [one], now)).toBeNull();
  });

  it('is invalid when any one of its characters is another', () => {
    const start = 'bounce+'.length;
    for (let at = start; at < 64; at++) {
      const changed = address.charAt(at) === '0' ? '1' : '0';
      expect([at, paths.verified(address.slice(0, at) + changed + address.slice(at + 1), [one], now)]).toEqual([
        at,
        null,
      ]);
    }
  });

  it('made under an older key stands as long as that key is there', () => {
    expect(createReturnPaths('back.example', [key(2), key(1)]).verified(address, [one], now)).toEqual(bearer);
    const rotated = addressOf(createReturnPaths('back.example', [key(2), key(1)]).addressFor(bearer, now));
    expect(paths.verified(rotated, [one], now)).toBeNull();
  });

  it('is no other address, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.emailAddress(), fc.string({ unit: 'binary' })), (text) => {
        expect(paths.claimedBy(text)).toBeNull();
        expect(paths.claimedBy(`${text}@back.example`)).toBeNull();
        expect(paths.verified(text, [one], now)).toBeNull();
      }),
    );
  });
});

describe('the keys of return paths', () => {
  const masterKey = key(9);
  const wired = (secrets: readonly string[], master = masterKey) =>
    wireReturnPaths({ returnPath: { domain: 'back.example', secrets } }, master);

  const madeBy = (made: ReturnPaths | null) =>
    addressOf(made?.addressFor(bearer, now) ?? expect.fail('There are none.'));

  it('are the secrets, whatever the master key, or else one from the master key', () => {
    const bySecret = madeBy(wired(['a secret of some length']));
    expect(
      wired(['a newer secret of some length', 'a secret of some length'], key(8))?.verified(bySecret, [one], now),
    ).toEqual(bearer);
    expect(wired([])?.verified(bySecret, [one], now)).toBeNull();
    const byMaster = madeBy(wired([]));
    expect(wired([])?.verified(byMaster, [one], now)).toEqual(bearer);
    expect(wired([], key(8))?.verified(byMaster, [one], now)).toBeNull();
    expect(wireReturnPaths({ returnPath: null }, masterKey)).toBeNull();
  });
});
