import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { newEmailId } from '../../../functions/core/ids.ts';
import { addressOf, parseMailbox } from '../../../functions/core/mailbox.ts';
import { projectIdOf } from '../../../functions/core/keys/project-name.ts';
import { createUnsubscribeTokens } from '../../../functions/http/unsubscribing/unsubscribe-token.ts';

const tokensUnder = (byte: number) =>
  createUnsubscribeTokens({ tagKey: Buffer.alloc(32, byte), cipherKey: Buffer.alloc(32, byte + 100) });
const tokens = tokensUnder(1);

const idMadeAt = (at: number, bytes: Uint8Array) => newEmailId(at, { ...systemRandom, bytes: () => bytes });

const bearers = fc
  .record({
    at: fc.nat({ max: 2 ** 44 }),
    bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    project: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/),
    address: fc
      .tuple(fc.stringMatching(/^[a-zA-Z0-9+\u00e9-]{1,30}$/), fc.constantFrom('one.example', 'b\u00fccher.example'))
      .map((parts) => parts.join('@')),
  })
  .map(({ at, bytes, project, address }) => {
    const read = parseMailbox(address);
    const projectId = projectIdOf(project);
    if (!read.ok || projectId === null) throw new Error('The address and the project are good.');
    return { projectId, emailId: idMadeAt(at, bytes), mailbox: read.mailbox };
  });
const some = fc.sample(bearers, { numRuns: 1, seed: 7 })[0] ?? expect.fail('A sample is there.');

describe('a token for unsubscribing', () => {
  it('names its bearer to us, and to nobody else (X29, property)', () => {
    fc.assert(
      fc.property(bearers, (bearer) => {
        const token = tokens.tokenFor(bearer);
        expect(tokens.verified(token)).toEqual(bearer);
        expect(token).toMatch(/^[\w-]+$/);
        const seen = Buffer.from(token, 'base64url').toString('latin1');
        expect(seen).not.toContain(Buffer.from(addressOf(bearer.mailbox)).toString('latin1'));
        expect(seen).not.toContain(bearer.emailId.slice(3));
        expect(tokensUnder(2).verified(token)).toBeNull();
      }),
    );
  });

  it('is the same for the same bearer, and a wholly different one for another', () => {
    const token = tokens.tokenFor(some);
    expect(tokens.tokenFor(some)).toBe(token);
    const other = tokens.tokenFor({ ...some, emailId: idMadeAt(1, Buffer.alloc(16, 9)) });
    expect(other.slice(0, 20)).not.toBe(token.slice(0, 20));
  });

  it('is short enough for a line of a header, whoever it is for', () => {
    const read = parseMailbox(`${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}c.d`);
    const projectId = projectIdOf('p'.repeat(63));
    if (!read.ok || projectId === null) throw new Error('They are as long as they may be.');
    const token = tokens.tokenFor({ ...some, projectId, mailbox: read.mailbox });
    expect(token.length).toBeLessThanOrEqual(494);
    expect(tokens.verified(token)?.projectId).toBe(projectId);
  });

  it('that was changed anywhere, cut, lengthened or spelt otherwise is none (X29, property)', () => {
    const token = tokens.tokenFor(some);
    const bytes = Buffer.from(token, 'base64url');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ change;
        expect(tokens.verified(changed.toString('base64url'))).toBeNull();
      }),
    );
    const others = [token.slice(0, -1), `${token}A`, `${token}=`, ` ${token}`, token.slice(0, 21), '', 'A'.repeat(600)];
    expect(others.map((other) => tokens.verified(other))).toEqual(others.map(() => null));
  });

  it('is no other text either (property)', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 400 }).map((octets) => Buffer.from(octets).toString('base64url')),
    );
    fc.assert(fc.property(texts, (text) => tokens.verified(text) === null));
  });
});
