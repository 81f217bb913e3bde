import { describe, expect, it } from 'vitest';

import type { Delivery, Email, Recipient } from '../../functions/core/email.ts';
import { timeline } from '../../functions/core/timeline.ts';
import { admissionOf, now, recipientOf } from '../contract/samples.ts';

const fresh: Recipient = { ...recipientOf('bob@one.example'), attempts: [] };

function typesOf(
  recipient: Partial<Recipient>,
  delivery: Partial<Delivery> = {},
  email: Partial<Email> = {},
): string[] {
  const sample = admissionOf(['one.example'], {
    email,
    delivery: { recipients: [{ ...fresh, ...recipient }], ...delivery },
  });
  return timeline(sample.email, sample.deliveries).map(({ type, at }) => `${type.slice('email.'.length)} ${at - now}`);
}

const ended = { state: 'ended', dueAt: null } as const;

describe('a timeline', () => {
  it('begins with being queued, or with being scheduled and queued at its time', () => {
    const later = { scheduledAt: now + 5 };
    expect(typesOf({})).toEqual(['queued 0']);
    expect(typesOf({}, { state: 'scheduled' }, later)).toEqual(['scheduled 0']);
    expect(typesOf({}, { state: 'queued' }, later)).toEqual(['scheduled 0', 'queued 5']);
    expect(typesOf({}, { state: 'sending', attempt: 1 }, later)).toEqual(['scheduled 0', 'queued 5']);
  });

  it('tells what was canceled before its time from what was canceled on the queue', () => {
    const later = { scheduledAt: now + 5 };
    const canceled = (updatedAt: number) => typesOf({ status: 'canceled', updatedAt }, ended, later);
    expect(canceled(now + 3)).toEqual(['scheduled 0', 'canceled 3']);
    expect(canceled(now + 7)).toEqual(['scheduled 0', 'queued 5', 'canceled 7']);
  });

  it('has what came of every attempt, at its end, and then the end without one', () => {
    const [attempt] = recipientOf('bob@one.example').attempts;
    if (attempt === undefined) throw new Error('The sample has an attempt.');
    const attempts = [
      { ...attempt, attempt: 1, startedAt: now + 10, durationMs: 2 },
      { ...attempt, attempt: 2, startedAt: now + 20, durationMs: 3, outcome: 'in_doubt' as const },
    ];
    const inDoubt = ['queued 0', 'deferred 12', 'in_doubt 23'];
    expect(typesOf({ attempts }, { state: 'deferred', attempt: 2 })).toEqual(inDoubt);
    expect(typesOf({ attempts, status: 'unknown' }, { ...ended, attempt: 2 })).toEqual(inDoubt);
    const expired = { attempts, status: 'expired', updatedAt: now + 99 } as const;
    expect(typesOf(expired, { ...ended, attempt: 2 })).toEqual([...inDoubt, 'expired 99']);
  });

  it('adds the bounce of a report that comes after delivery', () => {
    const [attempt] = recipientOf('bob@one.example').attempts;
    if (attempt === undefined) throw new Error('The sample has an attempt.');
    const attempts = [{ ...attempt, outcome: 'relayed' as const, startedAt: now + 1, durationMs: 1 }];
    const relayed = { attempts, status: 'relayed', updatedAt: now + 2 } as const;
    expect(typesOf(relayed, { ...ended, attempt: 1 })).toEqual(['queued 0', 'relayed 2']);
    const bounced = { ...relayed, status: 'bounced', updatedAt: now + 50 } as const;
    expect(typesOf(bounced, { ...ended, attempt: 1 })).toEqual(['queued 0', 'relayed 2', 'bounced 50']);
  });

  it('of a suppressed recipient is that alone', () => {
    expect(typesOf({ status: 'suppressed' }, ended)).toEqual(['suppressed 0']);
  });

  it('is in the order of time over all recipients, with ids that sort by it and are all different', () => {
    const { email, deliveries } = admissionOf(['one.example', 'two.example'], {
      delivery: {
        ...ended,
        recipients: [
          { ...fresh, position: 0, status: 'canceled', updatedAt: now + 9 },
          { ...fresh, position: 1, status: 'canceled', updatedAt: now + 4 },
        ],
      },
    });
    const events = timeline(email, deliveries.slice(0, 1));
    expect(events.map(({ type, at }) => [type, at - now])).toEqual([
      ['email.queued', 0],
      ['email.queued', 0],
      ['email.canceled', 4],
      ['email.canceled', 9],
    ]);
    for (const { id } of events) expect(id).toMatch(/^evt_[0-9a-hjkmnp-tv-z]{36}$/);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    expect(events[0]?.id.slice(4, 13)).toBe(email.id.slice(3, 12));
    expect(timeline(email, deliveries.slice(0, 1))).toEqual(events);
  });
});
