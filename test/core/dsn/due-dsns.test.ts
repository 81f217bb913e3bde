import { describe, expect, it } from 'vitest';

import { dueDsns } from '../../../functions/core/dsn/due-dsns.ts';
import { mayOweDsn } from '../../../functions/core/dsn/may-owe-dsn.ts';
import { endDelivery } from '../../../functions/core/end-delivery.ts';
import { parseEmailId, timeOfEmailId } from '../../../functions/core/ids.ts';
import { limits } from '../../../functions/core/limits.ts';
import { addressOf } from '../../../functions/core/mailbox.ts';
import { suppressedRecipient } from '../../../functions/core/suppression/suppressed-recipient.ts';
import { now } from '../../contract/samples.ts';
import { askedAbout, attemptOf, recipientAt, refusedAt } from '../../support/dsn-scene.ts';

const unknownUser = { code: 550, enhancedCode: '5.1.1', text: '5.1.1 No such user' };
const busy = { code: 451, enhancedCode: '4.3.0', text: '4.3.0 Busy' };
const taken = { code: 250, enhancedCode: '2.0.0', text: '2.0.0 Ok' };

type Scene = ReturnType<typeof askedAbout>;

function told({ email, delivery }: Scene): unknown[] {
  return dueDsns(email, delivery).map(({ kind, at, recipients }) => [
    kind,
    at - now,
    ...recipients.map(({ mailbox, action, status }) => `${addressOf(mailbox)} ${action} ${status}`),
  ]);
}

describe('one notification tells of all that happened to a delivery at one moment', () => {
  it('and of what happened at another in another', () => {
    const scene = askedAbout([
      refusedAt('a@one.example', now + 5, unknownUser),
      refusedAt('b@one.example', now + 5, unknownUser, 1),
      refusedAt('c@one.example', now + 9, unknownUser, 2),
      recipientAt('d@one.example', 'delivered', now + 9, {
        position: 3,
        attempts: [attemptOf('delivered', now + 9, taken)],
      }),
    ]);
    expect(told(scene)).toEqual([
      ['failure', 5, 'a@one.example failed 5.1.1', 'b@one.example failed 5.1.1'],
      ['failure', 9, 'c@one.example failed 5.1.1'],
      ['success', 9, 'd@one.example delivered 2.0.0'],
    ]);
  });

  it('under an id that is the same whenever it is derived, sorts by that moment, and is nobody else’s', () => {
    const scene = askedAbout([refusedAt('a@one.example', now + 5, unknownUser)]);
    const [first] = dueDsns(scene.email, scene.delivery);
    const again = dueDsns(scene.email, { ...scene.delivery, version: 7 });
    expect(again[0]?.id).toBe(first?.id);
    expect(parseEmailId(first?.id ?? '')).toBe(first?.id);
    expect(timeOfEmailId(first?.id ?? scene.email.id)).toBe(now + 5);
    const other = askedAbout([refusedAt('a@one.example', now + 5, unknownUser)]);
    expect(dueDsns(other.email, other.delivery)[0]?.id).not.toBe(first?.id);
  });
});

describe('a failure is', () => {
  it('a lifetime that has run out, whatever the last server said', () => {
    const open = recipientAt('a@one.example', 'open', now, { attempts: [attemptOf('deferred', now + 5, busy)] });
    const { email, delivery } = askedAbout([open], { dsn: { notify: ['failure'] } });
    expect(told({ email, delivery })).toEqual([]);
    const ended = endDelivery(delivery, 'expired', now + 99);
    const [dsn] = dueDsns(email, ended);
    expect(told({ email, delivery: ended })).toEqual([['failure', 99, 'a@one.example failed 4.4.7']]);
    expect(dsn?.recipients[0]).toMatchObject({
      diagnostic: { by: 'smtp', text: '451 4.3.0 Busy' },
      remoteMta: 'mx.one.example',
      lastAttemptAt: now + 5,
    });
  });

  it('an address on the suppression list, and a fault of our own', () => {
    const suppressed = suppressedRecipient(recipientAt('a@one.example', 'open', now), 'bounce', now);
    expect(told(askedAbout([suppressed]))).toEqual([['failure', 0, 'a@one.example failed 5.7.1']]);
    expect(told(askedAbout([recipientAt('a@one.example', 'failed', now + 3)]))).toEqual([
      ['failure', 3, 'a@one.example failed 5.3.0'],
    ]);
  });

  it('a bounce that is reported after the delivery, which was told of before', () => {
    const attempts = [attemptOf('relayed', now + 5, taken)];
    const before = recipientAt('a@one.example', 'relayed', now + 5, { attempts });
    expect(told(askedAbout([before]))).toEqual([['success', 5, 'a@one.example relayed 2.0.0']]);
    const bounce = {
      category: 'mailbox_full',
      rule: 'r',
      smtpCode: null,
      enhancedCode: null,
      diagnostic: 'Quota exceeded',
      remoteMta: 'far.example',
      source: 'dsn' as const,
    };
    const after = askedAbout([{ ...before, status: 'bounced', updatedAt: now + 80, bounce }]);
    expect(told(after)).toEqual([
      ['failure', 80, 'a@one.example failed 5.2.2'],
      ['success', 5, 'a@one.example relayed 2.0.0'],
    ]);
    expect(dueDsns(after.email, after.delivery)[0]?.recipients[0]).toMatchObject({
      diagnostic: { by: 'us', text: 'Quota exceeded' },
      remoteMta: 'far.example',
    });
  });

  it('not what the sender has canceled, nor an outcome that nobody knows', () => {
    expect(told(askedAbout([recipientAt('a@one.example', 'canceled', now + 3)]))).toEqual([]);
    const attempts = [attemptOf('in_doubt', now + 3, null)];
    expect(told(askedAbout([recipientAt('a@one.example', 'unknown', now + 3, { attempts })]))).toEqual([]);
  });
});

describe('a delay is told of', () => {
  const late = now + limits.dsnDelayMs;
  const waiting = (...times: readonly number[]) =>
    recipientAt('a@one.example', 'open', times.at(-1) ?? now, {
      attempts: times.map((at, index) => attemptOf('deferred', at, busy, index + 1)),
    });

  it('once, by the first attempt that is late', () => {
    expect(told(askedAbout([waiting(now + 1, late - 1)]))).toEqual([]);
    const scene = askedAbout([waiting(now + 1, late, late + 9)]);
    expect(told(scene)).toEqual([['delay', limits.dsnDelayMs, 'a@one.example delayed 4.3.0']]);
  });

  it('counted from the time that the email was scheduled for', () => {
    expect(told(askedAbout([waiting(late)], { email: { scheduledAt: now + 1 } }))).toEqual([]);
  });

  it('not after the end, which says more', () => {
    const { email, delivery } = askedAbout([waiting(late)]);
    const [only, ...others] = told({ email, delivery: endDelivery(delivery, 'expired', late + 1) });
    expect([only, others]).toEqual([['failure', limits.dsnDelayMs + 1, 'a@one.example failed 4.4.7'], []]);
  });
});

describe('nothing is told', () => {
  const recipients = [refusedAt('a@one.example', now + 5, unknownUser)];

  it('of an email without a reverse path, or of one that does not ask (C34)', () => {
    expect(told(askedAbout(recipients, { email: { sender: null } }))).toEqual([]);
    const { email, delivery } = askedAbout(recipients);
    const { dsn: _, ...silent } = email;
    expect(dueDsns(silent, delivery)).toEqual([]);
  });

  it('that was not asked for', () => {
    expect(told(askedAbout(recipients, { dsn: { notify: ['success'] } }))).toEqual([]);
  });
});

it('Whoever writes a delivery keeps in mind to look exactly where something may be found', () => {
  const delivered = recipientAt('a@one.example', 'delivered', now + 5, {
    attempts: [attemptOf('delivered', now + 5, taken)],
  });
  const refused = refusedAt('b@one.example', now + 5, unknownUser);
  const may = (scene: Scene) => mayOweDsn(scene.delivery);
  expect(may(askedAbout([delivered], { dsn: { notify: ['failure'] } }))).toBe(false);
  expect(may(askedAbout([delivered], { dsn: { notify: ['success'] } }))).toBe(true);
  expect(may(askedAbout([delivered, refused], { dsn: { notify: ['failure'] } }))).toBe(true);
  const open = recipientAt('a@one.example', 'open', now);
  const dueAt = now + limits.dsnDelayMs;
  expect(may(askedAbout([open], { delivery: { dueAt: dueAt - 1 } }))).toBe(false);
  expect(may(askedAbout([open], { delivery: { dueAt } }))).toBe(true);
  const { notify: _, ...silent } = askedAbout([refused]).delivery;
  expect(mayOweDsn(silent)).toBe(false);
});
