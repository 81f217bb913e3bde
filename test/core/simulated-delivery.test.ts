import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { deliver } from '../../functions/core/deliver.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import type { Transport } from '../../functions/core/ports/transport.ts';
import type { EmbeddedParts } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, recipientOf } from '../contract/samples.ts';
import { openParts } from '../support/embedded-parts.ts';

const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
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

function recording(): { readonly transport: Transport; readonly asked: string[] } {
  const asked: string[] = [];
  const evidence = failureEvidence('dot', 'x', 'X.');
  const attempt: Transport['attempt'] = async ({ recipients }) => {
    asked.push(...recipients.map(addressOf));
    return recipients.map(() => ({ kind: 'delivered', evidence }));
  };
  return { transport: { attempt }, asked };
}

/** Who was dialled and who was simulated, of one email to `addresses`, which share a domain. */
async function ways(addresses: readonly string[], test: boolean) {
  const dialled = recording();
  const simulated = recording();
  const [, domain = ''] = (addresses[0] ?? '').split('@');
  const admission = admissionOf([domain], {
    email: { test, expiresAt: Date.now() + 600_000 },
    delivery: { recipients: addresses.map(recipientOf) },
  });
  await parts.admissions.admit([admission], [], Date.now());
  const [received] = await parts.queue.receive(1, 0);
  if (received?.kind !== 'job') throw new Error('There is one job.');
  const ports = {
    ...parts,
    transport: dialled.transport,
    simulator: simulated.transport,
    clock: systemClock,
    random: systemRandom,
    log: silent,
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000] as const,
    attemptMs: 10_000,
  };
  await deliver(received.job, ports, new AbortController().signal);
  return { dialled: dialled.asked, simulated: simulated.asked };
}

describe('a delivery', () => {
  it('of an email marked test is simulated and not dialled', async () => {
    expect(await ways(['ada@one.example', 'bounced@one.example'], true)).toEqual({
      dialled: [],
      simulated: ['ada@one.example', 'bounced@one.example'],
    });
  });

  it.each([
    'delivered@resend.dev',
    'anybody+label@resend.dev',
    'success@simulator.amazonses.com',
    'HardBounce@bounce-testing.postmarkapp.com',
    'test@blackhole.postmarkapp.com',
    'anything@sink.sendgrid.net',
  ])('to the test address %s of a vendor is simulated and never dialled', async (address) => {
    expect(await ways([address], false)).toEqual({ dialled: [], simulated: [address] });
  });

  it.each(['bounced@one.example', 'ada@sub.resend.dev', 'ada@notresend.dev'])(
    'to %s, which is an address like any other, is dialled',
    async (address) => {
      expect(await ways([address], false)).toEqual({ dialled: [address], simulated: [] });
    },
  );
});
