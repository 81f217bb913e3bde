import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Webhooks } from '../../functions/core/ports/webhooks.ts';
import { now, project } from './samples.ts';
import { webhookOf } from './webhook-samples.ts';

export type WebhooksUnderTest = {
  readonly webhooks: Webhooks;
  /** The same as another process sees it, or the same process after a restart. */
  readonly reopened: () => Webhooks;
  readonly dispose: () => Promise<void>;
};

const other = 'prj_other' as ProjectId;

/** What the endpoints of projects promise, whatever they stand on. */
export function describeWebhooks(name: string, make: () => Promise<WebhooksUnderTest>): void {
  describe(`the webhooks on ${name}`, () => {
    let under: WebhooksUnderTest;
    let webhooks: Webhooks;
    beforeEach(async () => {
      under = await make();
      ({ webhooks } = under);
    });
    afterEach(() => under.dispose());

    it('give back what was added, every field of it, the oldest first', async () => {
      const first = webhookOf({ events: ['email.bounced'], tags: ['a b'], failingSince: now + 1 });
      const second = webhookOf({ disabled: { why: 'gone', at: now + 2 } });
      const sorted = [first, second].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(await webhooks.list(project)).toEqual([]);
      for (const webhook of sorted.toReversed()) expect(await webhooks.add(webhook)).toBe('added');
      expect(await webhooks.list(project)).toEqual(sorted);
      expect(await webhooks.find(project, first.id)).toEqual(first);
      expect(await under.reopened().list(project)).toEqual(sorted);
    });

    it("show, change and remove nothing of another project's (X04)", async () => {
      const webhook = webhookOf();
      await webhooks.add(webhook);
      expect(await webhooks.list(other)).toEqual([]);
      expect(await webhooks.find(other, webhook.id)).toBeNull();
      expect(await webhooks.change(other, webhook.id, (one) => ({ ...one, url: 'https://evil.example/' }))).toBeNull();
      expect(await webhooks.remove(other, webhook.id)).toBe(false);
      expect(await webhooks.find(project, webhook.id)).toEqual(webhook);
    });

    it('change an endpoint, and count its versions', async () => {
      const webhook = webhookOf();
      await webhooks.add(webhook);
      const changed = await webhooks.change(project, webhook.id, (one) => ({ ...one, description: null }));
      expect(changed).toEqual({ ...webhook, description: null, version: 2 });
      expect(await webhooks.find(project, webhook.id)).toEqual(changed);
      expect(await webhooks.change(project, webhook.id, (one) => one)).toEqual(changed);
      expect(await under.reopened().find(project, webhook.id)).toEqual(changed);
    });

    it('lose none of many changes at once', async () => {
      const webhook = webhookOf({ description: '' });
      await webhooks.add(webhook);
      const letters = ['a', 'b', 'c', 'd'];
      await Promise.all(
        letters.map((letter) =>
          webhooks.change(project, webhook.id, (one) => ({ ...one, description: `${one.description}${letter}` })),
        ),
      );
      const after = await webhooks.find(project, webhook.id);
      expect(after?.description?.split('').toSorted()).toEqual(letters);
      expect(after?.version).toBe(5);
    });

    it('leave an endpoint as it was when its change throws', async () => {
      const webhook = webhookOf();
      await webhooks.add(webhook);
      const broken = webhooks.change(project, webhook.id, () => {
        throw new Error('No.');
      });
      await expect(broken).rejects.toThrow('No.');
      expect(await webhooks.find(project, webhook.id)).toEqual(webhook);
    });

    it('are removed once', async () => {
      const webhook = webhookOf();
      await webhooks.add(webhook);
      expect(await webhooks.remove(project, webhook.id)).toBe(true);
      expect(await webhooks.remove(project, webhook.id)).toBe(false);
      expect(await webhooks.find(project, webhook.id)).toBeNull();
      expect(await webhooks.list(project)).toEqual([]);
      expect(await webhooks.change(project, webhook.id, (one) => ({ ...one, url: 'x' }))).toBeNull();
    });

    it('are so many a project at most', async () => {
      const added = [];
      for (let count = 0; count < limits.webhooksPerProject + 1; count++) added.push(await webhooks.add(webhookOf()));
      expect(added.filter((one) => one === 'added').length).toBe(limits.webhooksPerProject);
      expect(added.at(-1)).toBe('full');
      expect((await webhooks.list(project)).length).toBe(limits.webhooksPerProject);
      expect(await webhooks.add(webhookOf({ projectId: other }))).toBe('added');
    });
  });
}
