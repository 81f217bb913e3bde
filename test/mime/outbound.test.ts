import { describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import { createKeyRing } from '../../functions/mime/dkim-key-ring.ts';
import { createOutbound } from '../../functions/mime/outbound.ts';
import { composed } from './drafts.ts';
import { bytesOf, contentOf, keysFor, verdicts } from './signing.ts';

const keys = keysFor('example.com');
const ring = createKeyRing(keys);
const prepare = createOutbound({ signingKeys: async ({ fromDomain }) => ring.keysOf(fromDomain) });
const example = { projectId: 'prj_default' as ProjectId, fromDomain: 'example.com' };
const day = 86_400_000;

describe('outbound content', () => {
  it('is signed for the domain of its sender, and for none without a key', async () => {
    const { bytes, facts } = await composed();
    const content = contentOf(bytes);
    const signed = await (await prepare(content, facts, example, Date.now())).encode('8bit');
    expect(await verdicts(await bytesOf(signed), keys)).toEqual(['rsa-sha256 pass', 'ed25519-sha256 pass']);
    const elsewhere = { ...example, fromDomain: 'example.org' };
    expect(await (await prepare(content, facts, elsewhere, Date.now())).encode('8bit')).toBe(content);
  });

  it('is signed anew at each attempt, for longer than any mail lives', async () => {
    const { bytes, facts } = await composed();
    const times = await Promise.all(
      [0, 3 * day].map(async (later) => {
        const sent = await bytesOf(await (await prepare(contentOf(bytes), facts, example, later)).encode('8bit'));
        const [, t = '', x = ''] = /t=(\d+); x=(\d+);/.exec(sent.toString()) ?? [];
        return { signedAt: Number(t) * 1000, validMs: (Number(x) - Number(t)) * 1000 };
      }),
    );
    expect(times).toEqual([
      { signedAt: 0, validMs: 37 * day },
      { signedAt: 3 * day, validMs: 37 * day },
    ]);
  });

  it('is converted first and signed as converted', async () => {
    const bytes = Buffer.from('From: a@example.com\r\nSubject: x\r\n\r\nnearly all of it is plain: é\r\n');
    const message = await prepare(
      contentOf(bytes, 10, 70),
      { sizeBytes: bytes.length, eightBit: true, utf8Headers: false },
      example,
      Date.now(),
    );
    const content = await message.encode('7bit');
    const sent = await bytesOf(content);
    expect(sent.toString('latin1')).toContain('plain: =C3=A9\r\n');
    expect(content.sizeBytes).toBe(sent.length);
    expect(await verdicts(sent, keys)).toEqual(['rsa-sha256 pass', 'ed25519-sha256 pass']);
    expect((await bytesOf(await message.encode('8bit'))).subarray(-bytes.length).equals(bytes)).toBe(true);
  });

  it('can be read any number of times', async () => {
    const { bytes, facts } = await composed();
    const content = await (await prepare(contentOf(bytes, 50), facts, example, Date.now())).encode('8bit');
    expect((await bytesOf(content)).equals(await bytesOf(content))).toBe(true);
  });
});
