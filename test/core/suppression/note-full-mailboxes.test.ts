import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteFullMailboxes } from '../../../functions/adapters/full-mailboxes-sqlite.ts';
import { createSqliteSuppressions } from '../../../functions/adapters/suppressions-sqlite.ts';
import { classify } from '../../../functions/bounce/classify.ts';
import type { Attempt, Delivery, Recipient } from '../../../functions/core/email.ts';
import { limits } from '../../../functions/core/limits.ts';
import { notingFullMailboxes } from '../../../functions/core/suppression/note-full-mailboxes.ts';
import type { FullMailboxes } from '../../../functions/core/ports/full-mailboxes.ts';
import type { Ledger } from '../../../functions/core/ports/ledger.ts';
import type { Suppressions } from '../../../functions/core/ports/suppressions.ts';
import { temporaryStore } from '../../adapters/temporary-store.ts';
import { admissionOf, now, project } from '../../contract/samples.ts';
import { attemptOf, recipientAt } from '../../support/dsn-scene.ts';
import { quietLog } from '../../support/quiet-log.ts';

const day = 86_400_000;
const full = { code: 552, enhancedCode: '5.2.2', text: '5.2.2 Mailbox full' };
const fullForNow = { code: 452, enhancedCode: '4.2.2', text: '4.2.2 Mailbox full' };
const address = 'ada@one.example';

let store: ReturnType<typeof temporaryStore>;
let suppressions: Suppressions;
let fullMailboxes: FullMailboxes;
let committed: 'committed' | 'fenced';

beforeEach(() => {
  store = temporaryStore();
  suppressions = createSqliteSuppressions(store.store);
  fullMailboxes = createSqliteFullMailboxes(store.store);
  committed = 'committed';
});
afterEach(() => store.dispose());

async function commit(recipient: Recipient, delivery: Partial<Delivery> = {}): Promise<void> {
  const { deliveries } = admissionOf(['one.example'], {
    delivery: { state: 'ended', dueAt: null, recipients: [recipient], ...delivery },
  });
  const ledger: Pick<Ledger, 'commit'> = { commit: async () => committed };
  const noting = notingFullMailboxes(ledger, { fullMailboxes, suppressions, classify, log: quietLog });
  for (const next of deliveries) expect(await noting.commit(next)).toBe(committed);
}

const dialled = (attempt: Attempt): Attempt => ({ ...attempt, ip: '192.0.2.1' });

function bounced(at: number, changes: Partial<Recipient> = {}, category = 'mailbox_full'): Recipient {
  const attempts = [dialled(attemptOf('bounced', at, full))];
  const bounce = {
    category,
    rule: 'r',
    smtpCode: 552,
    enhancedCode: '5.2.2',
    diagnostic: full.text,
    remoteMta: null,
    source: 'smtp' as const,
  };
  return recipientAt(address, 'bounced', at, { attempts, bounce, ...changes });
}

function expired(at: number): Recipient {
  return recipientAt(address, 'expired', at, { attempts: [dialled(attemptOf('deferred', at - 1, fullForNow))] });
}

const standing = (at: number) => suppressions.find(project, address, at);

describe('an address whose mailbox was full on five different days', () => {
  it('is suppressed for 30 days, with the reason, whether mail was refused or has expired', async () => {
    for (const at of [0, 1, 2, 3]) await commit(at % 2 === 0 ? bounced(now + at * day) : expired(now + at * day));
    expect(await standing(now + 3 * day)).toBeNull();
    const last = now + 9 * day;
    await commit(expired(last));
    expect(await standing(last)).toEqual({
      projectId: project,
      address,
      canonical: address,
      reason: 'bounce',
      note: 'The mailbox was full on 5 different days.',
      createdAt: last,
      expiresAt: last + limits.fullMailboxPauseMs,
    });
    expect(await standing(last + limits.fullMailboxPauseMs)).toBeNull();
  });

  it('is counted from the beginning when it was taken off the list', async () => {
    for (const at of [0, 1, 2, 3, 4]) await commit(bounced(now + at * day));
    expect(await suppressions.remove(project, address, now + 4 * day)).toBe(true);
    for (const at of [5, 6, 7, 8]) await commit(bounced(now + at * day));
    expect(await standing(now + 8 * day)).toBeNull();
    await commit(bounced(now + 9 * day));
    expect(await standing(now + 9 * day)).not.toBeNull();
  });
});

describe('an address is not suppressed', () => {
  it('for however many mails in one day', async () => {
    const morning = Math.ceil(now / day) * day;
    for (let mail = 0; mail < 20; mail++) await commit(bounced(morning + mail * 1_000));
    expect(await standing(morning + day)).toBeNull();
  });

  it('for days of which the first is too long ago', async () => {
    for (const at of [0, 1, 2, 3, 31]) await commit(bounced(now + at * day));
    expect(await standing(now + 31 * day)).toBeNull();
  });

  it.each<[string, (at: number) => Recipient, Partial<Delivery>?]>([
    ['refused for another reason', (at) => bounced(at, {}, 'spam')],
    ['simulated', (at) => bounced(at, { attempts: [attemptOf('bounced', at, full)] })],
    [
      'still tried',
      (at) => recipientAt(address, 'open', at, { attempts: expired(at).attempts }),
      { state: 'deferred' },
    ],
    ['delivered after all', (at) => recipientAt(address, 'delivered', at, { attempts: expired(at).attempts })],
    ['on its way back to the queue for others', (at) => bounced(at), { state: 'queued' }],
  ])('for mail that was %s', async (_, recipient, delivery) => {
    for (const at of [0, 1, 2, 3, 4]) await commit(recipient(now + at * day), delivery);
    expect(await standing(now + 4 * day)).toBeNull();
  });

  it('for what was fenced out', async () => {
    committed = 'fenced';
    for (const at of [0, 1, 2, 3, 4]) await commit(bounced(now + at * day));
    expect(await standing(now + 4 * day)).toBeNull();
  });
});

it('A memory that is out of reach fails no commit', async () => {
  fullMailboxes = { ...fullMailboxes, note: () => Promise.reject(new Error('out of reach')) };
  await commit(bounced(now));
  expect(await standing(now)).toBeNull();
});
