import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import type { Delivery } from '../../functions/core/email.ts';
import { housekeep } from '../../functions/core/housekeep.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep } from '../../functions/core/sweep.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, project, recipientOf } from '../contract/samples.ts';
import { suppressionOf } from '../contract/suppressions.contract.ts';
import { openParts } from '../support/embedded-parts.ts';

const signal = new AbortController().signal;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;

beforeEach(() => {
  temporary = temporaryDirectory();
  parts = openParts(temporary.directory);
});

afterEach(() => {
  parts.close();
  temporary.dispose();
});

async function admit(changes: Partial<Delivery>): Promise<EmailId> {
  const recipients = ['ada@one.example', 'bob@one.example'].map(recipientOf);
  const admission = admissionOf(['one.example'], {
    email: { expiresAt: Date.now() + 600_000 },
    delivery: { recipients, dueAt: Date.now() - 1, ...changes },
  });
  await parts.admissions.admit([admission], [], Date.now());
  for (const received of await parts.queue.receive(10, 0)) await parts.queue.remove([received.receipt]);
  return admission.email.id;
}

async function swept(id: EmailId): Promise<{ delivery: Delivery | undefined; jobs: number }> {
  const ports = {
    ...parts,
    clock: systemClock,
    random: systemRandom,
    log: silent,
    metrics: { record: () => undefined },
    ahead: null,
    releases: createReleases({ perSecond: 20, burst: 1_200 }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000] as const,
  };
  await sweep(ports, signal);
  const found = await parts.ledger.find(project, id);
  return { delivery: found?.deliveries[0], jobs: (await parts.queue.receive(10, 0)).length };
}

describe('a delivery whose time has come', () => {
  it.each(['scheduled', 'deferred', 'queued'] as const)(
    'goes to the queue without a recipient who was suppressed since it was %s',
    async (state) => {
      const id = await admit({ state });
      await parts.suppressions.add([suppressionOf('ADA+x@one.example', { reason: 'unsubscribe' })], Date.now());
      const { delivery, jobs } = await swept(id);
      expect([delivery?.state, delivery?.recipients.map(({ status }) => status), jobs]).toEqual([
        'queued',
        ['suppressed', 'open'],
        1,
      ]);
      expect(delivery?.recipients[0]?.bounce?.diagnostic).toContain('unsubscribe');
    },
  );

  it('ends when none of its recipients is left, and is not queued', async () => {
    const id = await admit({ state: 'deferred' });
    const listed = ['ada@one.example', 'bob@one.example'].map((address) => suppressionOf(address));
    await parts.suppressions.add(listed, Date.now());
    const { delivery, jobs } = await swept(id);
    expect([delivery?.state, delivery?.dueAt, delivery?.recipients.map(({ status }) => status), jobs]).toEqual([
      'ended',
      null,
      ['suppressed', 'suppressed'],
      0,
    ]);
  });

  it('is not held to a suppression that has expired, or to another project\u2019s', async () => {
    const id = await admit({ state: 'deferred' });
    const expired = suppressionOf('ada@one.example', { expiresAt: Date.now() - 1 });
    const others = suppressionOf('bob@one.example', { projectId: 'prj_other' as typeof project });
    await parts.suppressions.add([expired, others], Date.now() - 10);
    const { delivery, jobs } = await swept(id);
    expect([delivery?.recipients.map(({ status }) => status), jobs]).toEqual([['open', 'open'], 1]);
  });
});

describe('housekeeping', () => {
  it('forgets suppressions that have expired, and no others', async () => {
    const past = Date.now() - 1_000;
    await parts.suppressions.add(
      [suppressionOf('ada@one.example', { expiresAt: past + 1 }), suppressionOf('bob@one.example')],
      past,
    );
    await housekeep({ ...parts, clock: systemClock }, 0);
    expect((await parts.suppressions.list(project, 10, null, past)).map(({ address }) => address)).toEqual([
      'bob@one.example',
    ]);
  });
});
