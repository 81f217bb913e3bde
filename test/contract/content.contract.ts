import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { EmailId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Admissions } from '../../functions/core/ports/admissions.ts';
import type { ContentStore } from '../../functions/core/ports/content.ts';
import { admissionOf, now } from './samples.ts';

export type ContentStoreUnderTest = {
  readonly contents: ContentStore;
  /** Takes content away behind the adapter's back. */
  readonly lose: (id: EmailId) => Promise<void>;
  /** Admissions to the same store; `null` where retention is not the adapter's to end. */
  readonly admissions: Admissions | null;
  readonly dispose: () => Promise<void>;
};

const ended = { state: 'ended', dueAt: null } as const;

/** What every content store promises, whatever it stands on. */
export function describeContentStore(name: string, make: () => Promise<ContentStoreUnderTest>): void {
  describe(`the content store on ${name}`, () => {
    let under: ContentStoreUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function read(id: EmailId): Promise<Buffer | null> {
      const content = await under.contents.open(id);
      if (content === null) return null;
      const chunks: Uint8Array[] = [];
      for await (const chunk of content.chunks()) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      expect(content.sizeBytes).toBe(bytes.length);
      return bytes;
    }

    async function admitted(createdAt: number, delivery: object): Promise<EmailId> {
      const admission = admissionOf(['one.example', 'two.example'], { email: { createdAt } });
      const [first, second] = admission.deliveries;
      if (first === undefined || second === undefined) throw new Error('The sample has two deliveries.');
      const deliveries = [
        { ...first, ...ended },
        { ...second, ...delivery },
      ];
      await under.admissions?.admit([{ ...admission, deliveries }], [], now);
      return admission.email.id;
    }

    const chunk = limits.contentChunkBytes;
    it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 7])('gives back %d bytes as they were', async (size) => {
      const { id } = admissionOf().email;
      const bytes = randomBytes(size);
      await under.contents.put(id, bytes);
      expect((await read(id))?.equals(bytes)).toBe(true);
      expect((await read(id))?.equals(bytes)).toBe(true);
    });

    it('replaces what was there, however much longer it was', async () => {
      const { id } = admissionOf().email;
      await under.contents.put(id, randomBytes(3 * chunk));
      await under.contents.put(id, Buffer.from('short'));
      expect((await read(id))?.toString()).toBe('short');
    });

    it('has nothing for an email that it never saw', async () => {
      expect(await read(admissionOf().email.id)).toBeNull();
    });

    it('purges the content of old emails that have ended, and no other', async ({ skip }) => {
      if (under.admissions === null) return skip('Retention ends elsewhere.');
      const old = await admitted(now - 1, ended);
      const young = await admitted(now, ended);
      const open = await admitted(now - 1, { state: 'deferred', dueAt: now });
      expect(await under.contents.purge(now)).toBe(1);
      expect(await read(old)).toBeNull();
      expect(await read(young)).not.toBeNull();
      expect(await read(open)).not.toBeNull();
      expect(await under.contents.purge(now)).toBe(0);
    });

    it('purges any number, with content that was put again among them', async ({ skip }) => {
      if (under.admissions === null) return skip('Retention ends elsewhere.');
      const ids = await Promise.all(Array.from({ length: 230 }, () => admitted(now - 1, ended)));
      expect(await under.contents.purge(now)).toBe(230);
      const [first] = ids;
      if (first === undefined) throw new Error('There are emails.');
      await under.contents.put(first, Buffer.from('again'));
      expect(await under.contents.purge(now)).toBe(1);
      expect(await read(first)).toBeNull();
    });

    it('never ends a message early whose content goes while it is read', async () => {
      const { id } = admissionOf().email;
      await under.contents.put(id, randomBytes(40 * chunk));
      const content = await under.contents.open(id);
      async function readSlowly(): Promise<number> {
        let size = 0;
        for await (const part of content?.chunks() ?? []) {
          size += part.length;
          await under.lose(id);
        }
        return size;
      }
      const outcome = await readSlowly().catch(() => 'rejected');
      expect(['rejected', 40 * chunk]).toContain(outcome);
    });
  });
}
