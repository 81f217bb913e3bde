import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import type { FullMailboxes } from '../../functions/core/ports/full-mailboxes.ts';
import { project } from './samples.ts';

export type FullMailboxesUnderTest = { readonly fullMailboxes: FullMailboxes; readonly dispose: () => Promise<void> };

const ada = 'ada@one.example';
const long = '2026-01-01';

/** What is promised of the memory of full mailboxes, whatever it stands on. */
export function describeFullMailboxes(name: string, make: () => Promise<FullMailboxesUnderTest>): void {
  describe(`full mailboxes on ${name}`, () => {
    let under: FullMailboxesUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    const note = (day: string, since = long, address = ada, of = project) =>
      under.fullMailboxes.note(of, address, day, since);

    it('count days, each once however often it was noted, in whatever order', async () => {
      expect(await note('2026-03-02')).toBe(1);
      expect(await note('2026-03-02')).toBe(1);
      expect(await note('2026-03-01')).toBe(2);
      expect(await note('2026-03-05')).toBe(3);
    });

    it('count no day before the first that counts, which does', async () => {
      for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await note(day);
      expect(await note('2026-03-31', '2026-03-02')).toBe(3);
    });

    it('count for each address of each project by itself', async () => {
      await note('2026-03-01');
      expect(await note('2026-03-02', long, 'bob@one.example')).toBe(1);
      expect(await note('2026-03-02', long, ada, 'prj_other' as ProjectId)).toBe(1);
      await under.fullMailboxes.forget('prj_other' as ProjectId, ada);
      expect(await note('2026-03-02')).toBe(2);
    });

    it('begin anew when they are told to, though there was nothing', async () => {
      await note('2026-03-01');
      await under.fullMailboxes.forget(project, ada);
      await under.fullMailboxes.forget(project, ada);
      expect(await note('2026-03-02')).toBe(1);
    });

    it('lose no day of those that are noted at once', async () => {
      const days = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'];
      const counts = await Promise.all(days.map((day) => note(day)));
      expect(Math.max(...counts)).toBe(4);
    });
  });
}
