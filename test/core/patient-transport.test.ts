import { afterEach, describe, expect, it } from 'vitest';

import { patienceMs, createPatientTransport } from '../../functions/core/patient-transport.ts';
import type { Router } from '../../functions/core/ports/router.ts';
import type { Transport } from '../../functions/core/ports/transport.ts';
import { createSmtpTransport } from '../../functions/core/smtp-transport.ts';
import { now } from '../contract/samples.ts';
import { type Script, type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';
import { createHeldClock, outcomesOf, shapingFor } from '../support/shaping.ts';
import { orderOf, targetAt, testClient } from '../support/smtp-order.ts';

const minute = 60_000;
const ms = 10 * minute;
const timeouts = { connectMs: ms, greetingMs: ms, commandMs: ms, dataMs: ms, blockMs: ms, dotMs: ms };
const never = () => new Promise<void>(() => undefined);

let server: ScriptedSmtpServer;
let client: ReturnType<typeof testClient>;

afterEach(async () => {
  await client.close();
  await server.close();
});

/** A transport to a server that follows the script, and the clock by which it is patient. */
async function transportTo(script: Script) {
  server = await startScriptedServer(() => script);
  client = testClient({ timeouts });
  const clock = createHeldClock(now);
  const router: Router = {
    route: async () => ({
      kind: 'targets',
      targets: [targetAt(server.port)],
      accepted: 'delivered',
      hostsSecured: false,
    }),
  };
  const plain = createSmtpTransport({
    router,
    client,
    clock: { ...clock, now: Date.now },
    shaping: shapingFor({ clock }),
  });
  return { clock, transport: createPatientTransport(plain, clock) };
}

function begun(transport: Transport, changes: { readonly attempt?: number; readonly signal?: AbortSignal } = {}) {
  const state = { ended: false };
  const order = { ...orderOf({ withinMs: 10 * minute }), ...changes };
  const result = transport.attempt(order).finally(() => (state.ended = true));
  return { state, result: result.then(outcomesOf) };
}

async function heard(command: string): Promise<void> {
  while (!server.commands.some((line) => line.startsWith(command)))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a worker whose batch waits for the slowest', () => {
  it.each(['ehlo', 'mail', 'rcpt', 'data'] as const)(
    'leaves a host that is silent after %s, without doubt',
    async (at) => {
      const { clock, transport } = await transportTo({ extensions: [], [at]: never });
      const { result } = begun(transport);
      await heard(at.toUpperCase());
      await clock.advance(minute + 1);
      expect(await result).toMatchObject([
        { kind: 'deferred', cause: 'host', evidence: { error: { code: 'host_too_slow' } } },
      ]);
      expect(server.messages).toEqual([]);
    },
  );

  it('waits twice as long the next time', async () => {
    const { clock, transport } = await transportTo({ ehlo: never });
    const { state, result } = begun(transport, { attempt: 2 });
    await heard('EHLO');
    await clock.advance(minute + 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state.ended).toBe(false);
    await clock.advance(minute);
    expect(await result).toMatchObject([{ kind: 'deferred', cause: 'host' }]);
  });

  it('waits for the answer once the message is out', async () => {
    const answer = Promise.withResolvers<void>();
    const { clock, transport } = await transportTo({
      extensions: [],
      dot: async (peer) => {
        await answer.promise;
        peer.say('250 2.0.0 kept');
      },
    });
    const { state, result } = begun(transport);
    while (server.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(5 * minute);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state.ended).toBe(false);
    answer.resolve();
    expect(await result).toMatchObject([{ kind: 'delivered' }]);
  });

  it('says that it was interrupted when the process stops', async () => {
    const { transport } = await transportTo({ ehlo: never });
    const stopping = new AbortController();
    const { result } = begun(transport, { signal: stopping.signal });
    await heard('EHLO');
    stopping.abort();
    expect(await result).toMatchObject([{ kind: 'deferred', cause: 'interrupted' }]);
  });

  it('has the time that the content takes', () => {
    const { message } = orderOf();
    const large = { ...message, facts: { ...message.facts, sizeBytes: 20 * 1024 * 1024 } };
    expect(patienceMs({ attempt: 1, message: large })).toBe(minute + 320_000);
    expect([1, 2, 3, 4, 5, 9].map((attempt) => Math.floor(patienceMs({ attempt, message }) / minute))).toEqual([
      1, 2, 4, 8, 15, 15,
    ]);
  });
});
