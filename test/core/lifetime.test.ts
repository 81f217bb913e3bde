import { afterEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { deliver, type DeliverPorts } from '../../functions/core/deliver.ts';
import type { Router } from '../../functions/core/ports/router.ts';
import type { Job } from '../../functions/core/ports/queue.ts';
import { createSmtpTransport } from '../../functions/core/smtp-transport.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf } from '../contract/samples.ts';
import { type Script, startScriptedServer } from '../support/scripted-smtp-server.ts';
import { createHeldClock, shapingFor } from '../support/shaping.ts';
import { orderOf, targetAt, testClient } from '../support/smtp-order.ts';
import { openParts } from '../support/embedded-parts.ts';

const minute = 60_000;
const ms = 10 * minute;
const timeouts = { connectMs: ms, greetingMs: ms, commandMs: ms, dataMs: ms, blockMs: ms, dotMs: ms };
const startMs = 1_800_000_000_000;
const never = () => new Promise<void>(() => undefined);
const note = (): void => undefined;

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A worker with an email that lives for a minute, at a server that follows the script. */
async function workerWith(script: Script) {
  const server = await startScriptedServer(() => script);
  const client = testClient({ timeouts });
  const temporary = temporaryDirectory();
  const clock = createHeldClock(startMs);
  const parts = openParts(temporary.directory, clock);
  cleanups.push(
    () => temporary.dispose(),
    () => parts.close(),
    () => server.close(),
    () => client.close(),
  );
  const targets = [targetAt(server.port), targetAt(server.port)];
  const router: Router = {
    route: async () => ({ kind: 'targets', targets, accepted: 'delivered', hostsSecured: false }),
  };
  const transport = createSmtpTransport({ router, client, clock, shaping: shapingFor({ clock }) });
  const ports: DeliverPorts = {
    ...parts,
    transport,
    simulator: transport,
    clock,
    random: systemRandom,
    log: { info: note, warn: note, error: note },
    returnPaths: null,
    prepareOutbound: async () => orderOf().message,
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [minute],
    attemptMs: ms,
  };
  const admission = admissionOf(['one.example'], { email: { createdAt: startMs, expiresAt: startMs + minute } });
  await parts.admissions.admit([admission], [], startMs);
  const [delivery] = admission.deliveries;
  if (delivery === undefined) throw new Error('The email has no delivery.');
  const { id: emailId, projectId } = admission.email;
  const content = { kind: 'inline', bytes: Buffer.from('Subject: x\r\n\r\nx\r\n') } as const;
  const job: Job = { version: 1, emailId, projectId, deliveryId: delivery.id, content };
  const done = deliver(job, ports, new AbortController().signal);
  const recipient = async () => {
    await done;
    return (await parts.ledger.find(projectId, emailId))?.deliveries[0]?.recipients[0];
  };
  return { server, clock, recipient };
}

describe('an email whose lifetime ends during an attempt', () => {
  it.each(['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const)(
    'has expired then, whatever time the attempt has left, at a host that is silent at %s',
    async (at) => {
      const { server, clock, recipient } = await workerWith({ extensions: [], [at]: never });
      const heard = (): boolean =>
        at === 'greeting' ? server.connections > 0 : server.commands.some((line) => line.startsWith(at.toUpperCase()));
      await expect.poll(heard).toBe(true);
      await clock.advance(minute);
      const ended = await recipient();
      expect(ended?.status).toBe('expired');
      expect(ended?.attempts.at(-1)).toMatchObject({
        outcome: 'deferred',
        phase: at,
        error: { code: 'lifetime_ended' },
      });
      expect([server.messages, server.connections]).toEqual([[], 1]);
    },
  );

  it('is delivered by the answer to what was sent before that', async () => {
    const answer = Promise.withResolvers<void>();
    const dot: Script['dot'] = async (peer) => (await answer.promise, peer.say('250 2.0.0 kept'));
    const { server, clock, recipient } = await workerWith({ extensions: [], dot });
    await expect.poll(() => server.messages.length).toBe(1);
    await clock.advance(2 * minute);
    answer.resolve();
    expect(await recipient()).toMatchObject({ status: 'delivered' });
  });
});
