import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { emailEvents, suppressionEvent } from '../../../functions/core/events/project-event.ts';
import { afterSign, wants, type Webhook } from '../../../functions/core/webhooks/webhook.ts';
import { newWebhookId } from '../../../functions/core/webhooks/webhook-id.ts';
import { admissionOf, now, project } from '../../contract/samples.ts';

const day = 86_400_000;
const webhook: Webhook = {
  id: newWebhookId(now, systemRandom),
  projectId: project,
  url: 'https://example.com/',
  description: null,
  events: null,
  tags: null,
  createdAt: now,
  since: now,
  disabled: null,
  failingSince: null,
  secrets: [],
  version: 1,
};
const { email, deliveries } = admissionOf();
const [queued] = emailEvents(email, [], deliveries);
const added = suppressionEvent(
  'suppression.added',
  {
    projectId: project,
    address: 'a@b.example',
    canonical: 'a@b.example',
    reason: 'manual',
    note: null,
    createdAt: now,
    expiresAt: null,
  },
  now,
);

describe('an endpoint', () => {
  it.each<[string, Partial<Webhook>, boolean, boolean]>([
    ['without filters wants everything', {}, true, true],
    ['wants the types it has named', { events: ['email.queued', 'email.bounced'] }, true, false],
    ['wants other types only if named', { events: ['suppression.added'] }, false, true],
    ['wants emails with one of its tags', { tags: ['other', 'welcome'] }, true, true],
    ['wants no emails without them; other events have no tags', { tags: ['other'] }, false, true],
    ['wants nothing while disabled', { disabled: { why: 'requested', at: now } }, false, false],
    ['wants nothing of the time before it', { since: now + 1 }, false, false],
  ])('%s', (_, changes, wantsEmail, wantsSuppression) => {
    if (queued === undefined) throw new Error('An email that was queued has an event.');
    const changed = { ...webhook, ...changes };
    expect([wants(changed, queued), wants(changed, added)]).toEqual([wantsEmail, wantsSuppression]);
  });

  it('fails since the first attempt that was not taken, until one is', () => {
    const failing = afterSign(webhook, 'failed', now);
    expect(failing).toEqual({ ...webhook, failingSince: now });
    expect(afterSign(failing, 'failed', now + 1)).toBe(failing);
    expect(afterSign(failing, 'taken', now + 2)).toEqual(webhook);
    expect(afterSign(webhook, 'taken', now)).toBe(webhook);
  });

  it('is disabled when it has taken nothing for five days, and not before', () => {
    const failing = afterSign(webhook, 'failed', now);
    expect(afterSign(failing, 'failed', now + 5 * day - 1)).toBe(failing);
    expect(afterSign(failing, 'failed', now + 5 * day).disabled).toEqual({ why: 'failing', at: now + 5 * day });
  });

  it('is disabled at once when it says that it is gone', () => {
    expect(afterSign(webhook, 'gone', now).disabled).toEqual({ why: 'gone', at: now });
  });

  it('that is disabled stays as it was', () => {
    const disabled: Webhook = { ...webhook, disabled: { why: 'requested', at: now } };
    for (const sign of ['taken', 'failed', 'gone'] as const)
      expect(afterSign(disabled, sign, now + 9 * day)).toBe(disabled);
  });
});
