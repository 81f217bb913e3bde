import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import type { Domains } from '../../functions/core/ports/domains.ts';
import { domainOf } from './domain-samples.ts';
import { now, project } from './samples.ts';

export type DomainsUnderTest = { readonly domains: Domains; readonly dispose: () => Promise<void> };

const other = 'prj_other' as ProjectId;

/** What the sender domains promise, whatever they stand on. */
export function describeDomains(name: string, make: () => Promise<DomainsUnderTest>): void {
  describe(`the sender domains on ${name}`, () => {
    let domains: Domains;
    let dispose: () => Promise<void>;
    beforeEach(async () => {
      ({ domains, dispose } = await make());
    });
    afterEach(() => dispose());

    it('come back as they were added, sealed keys and all', async () => {
      const domain = domainOf('sender.example', {
        verifiedAt: now,
        checkedAt: now,
        missingSince: now,
        missedChecks: 2,
      });
      expect(await domains.add(domain)).toBe('added');
      expect(await domains.find(project, domain.id)).toEqual(domain);
      expect(await domains.list(project)).toEqual([domain]);
    });

    it('are one of a name in a project, and any number over all projects', async () => {
      const first = domainOf();
      expect(await domains.add(first)).toBe('added');
      expect(await domains.add(domainOf())).toBe('exists');
      expect(await domains.list(project)).toEqual([first]);
      expect(await domains.add(domainOf('sender.example', { projectId: other }))).toBe('added');
      await domains.remove(project, first.id);
      expect(await domains.add(domainOf())).toBe('added');
    });

    it('are listed by name, and by project only', async () => {
      for (const domain of ['b.example', 'a.example', 'c.example']) await domains.add(domainOf(domain));
      const elsewhere = domainOf('d.example', { projectId: other });
      await domains.add(elsewhere);
      expect((await domains.list(project)).map((domain) => domain.name)).toEqual([
        'a.example',
        'b.example',
        'c.example',
      ]);
      expect(await domains.find(project, elsewhere.id)).toBeNull();
      expect(await domains.remove(project, elsewhere.id)).toBe(false);
      expect(await domains.find(other, elsewhere.id)).toEqual(elsewhere);
    });

    it('are verified by as many projects as have proved them, and no longer when that ends', async () => {
      const mine = domainOf('sender.example', { checkedAt: 1 });
      const theirs = domainOf('sender.example', { projectId: other, status: 'verified' });
      await domains.add(mine);
      expect(await domains.verified('sender.example')).toEqual([]);
      await domains.add(theirs);
      expect(await domains.verified('sender.example')).toEqual([theirs]);
      const proved = { ...mine, status: 'verified', checkedAt: 2 } as const;
      await domains.update(proved);
      expect(await domains.verified('sender.example')).toHaveLength(2);
      expect(await domains.verified('sender.example')).toEqual(expect.arrayContaining([proved, theirs]));
      expect(await domains.verified('x.sender.example')).toEqual([]);
      await domains.update({ ...proved, status: 'failed' });
      await domains.remove(other, theirs.id);
      expect(await domains.verified('sender.example')).toEqual([]);
    });

    it('take a check unless a later one, or their removal, came first', async () => {
      const domain = domainOf();
      await domains.add(domain);
      const later = { ...domain, status: 'verified', checkedAt: now + 2, nextCheckAt: now + 9 } as const;
      expect(await domains.update(later)).toBe(true);
      expect(await domains.update({ ...domain, status: 'failed', checkedAt: now + 1 })).toBe(false);
      expect(await domains.find(project, domain.id)).toEqual(later);
      expect(await domains.remove(project, domain.id)).toBe(true);
      expect(await domains.update({ ...later, checkedAt: now + 3 })).toBe(false);
      expect(await domains.find(project, domain.id)).toBeNull();
      expect(await domains.remove(project, domain.id)).toBe(false);
    });

    it('are due when their time has come, the oldest first, of all projects', async () => {
      const early = domainOf('early.example', { nextCheckAt: now - 2 });
      const late = domainOf('late.example', { nextCheckAt: now, projectId: other });
      await domains.add(late);
      await domains.add(early);
      await domains.add(domainOf('next.example', { nextCheckAt: now + 1 }));
      expect(await domains.due(now, 10)).toEqual([early, late]);
      expect(await domains.due(now, 1)).toEqual([early]);
      await domains.update({ ...early, checkedAt: now, nextCheckAt: now + 1 });
      expect(await domains.due(now, 10)).toEqual([late]);
    });
  });
}
