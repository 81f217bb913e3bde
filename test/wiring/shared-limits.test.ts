import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createSqliteShapingState } from '../../functions/adapters/shaping-state-sqlite.ts';
import { type AwsConfig, readConfig } from '../../functions/config.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import type { Transport } from '../../functions/core/ports/transport.ts';
import { createSmtpTransport } from '../../functions/core/smtp-transport.ts';
import { wireShaping } from '../../functions/wiring/shaping.ts';
import { temporaryStore } from '../adapters/temporary-store.ts';
import { now } from '../contract/samples.ts';
import { functionEnvironment } from '../support/function-environment.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { createHeldClock } from '../support/shaping.ts';
import { orderOf, targetAt, testClient } from '../support/smtp-order.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const hosts = ['mx1.receiver.example', 'mx2.receiver.example'];

let sink: MailSink;
let reply: string;
let answered: () => void;
let store: ReturnType<typeof temporaryStore>;
let clients: SmtpClient[];

beforeEach(async () => {
  store = temporaryStore();
  clients = [];
  reply = '250 2.0.0 kept';
  answered = () => undefined;
  sink = await startMailSink({
    onMessage: () => {
      answered();
      return reply;
    },
  });
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await sink.close();
  await store.dispose();
});

/** Workers as functions are wired, each with connections of its own, on one store and at one receiver. */
function workers(count: number, clock: Clock, shaping: object): Transport[] {
  const config: AwsConfig = readConfig({ ...functionEnvironment, POSTERN_SHAPING: JSON.stringify(shaping) }, 'aws');
  return Array.from({ length: count }, () => {
    const state = createSqliteShapingState(store.store);
    const { capsOf, ...parts } = wireShaping(config, { clock, random: systemRandom, log: silent, state });
    const client = testClient({ capsOf });
    clients.push(client);
    let turn = 0;
    const router = {
      route: async () => {
        const ordered = turn++ % 2 === 0 ? hosts : hosts.toReversed();
        const targets = ordered.map((host) => targetAt(sink.port, { host }));
        return { kind: 'targets' as const, targets, accepted: 'delivered' as const, hostsSecured: false };
      },
    };
    return createSmtpTransport({ router, client, clock, shaping: parts });
  });
}

function order() {
  return { ...orderOf(), deadline: Date.now() + 60_000 };
}

describe('several workers on one store', () => {
  it('keep the rate of a provider together, within a tenth of it', async () => {
    const clock = createHeldClock(Date.now());
    const all = workers(4, clock, { 'receiver.example': { rate: '120/m' } });
    let waiting = Array.from({ length: 800 }, () => clock.now());
    const perMinute: number[] = [];
    for (let minute = 0; minute < 3; minute++) {
      const before = sink.accepted();
      for (let second = 0; second < 60; second++) {
        const due = waiting.filter((at) => at <= clock.now());
        const later = await Promise.all(
          due.map(async (_, index) => {
            const result = await all[index % all.length]?.attempt({ ...order(), deadline: clock.now() + 60_000 });
            return result !== undefined && 'kind' in result ? [result.until] : [];
          }),
        );
        waiting = [...waiting.filter((at) => at > clock.now()), ...later.flat()];
        await clock.advance(1_000);
      }
      perMinute.push(sink.accepted() - before);
    }
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(120);
    expect(Math.min(...perMinute)).toBeGreaterThanOrEqual(108);
    expect(waiting).toHaveLength(800 - sink.accepted());
  });

  it('keep the connections of a provider together', async () => {
    const all = workers(4, systemClock, { 'receiver.example': { connections: 6 } });
    let left = 200;
    const lane = async (transport: Transport): Promise<void> => {
      while (left > 0) {
        left--;
        const result = await transport.attempt(order());
        if (!('kind' in result)) continue;
        left++;
        await systemClock.sleep(10);
      }
    };
    await Promise.all(all.flatMap((transport) => Array.from({ length: 10 }, () => lane(transport))));
    expect(sink.accepted()).toBe(200);
    expect(sink.mostOpen()).toBe(6);
  });

  it('leave a provider alone that has refused one of them', async () => {
    const clock = createHeldClock(now);
    const [one, two] = workers(2, clock, {});
    const attempt = (transport: Transport | undefined) =>
      transport?.attempt({ ...order(), deadline: clock.now() + 60_000 });
    reply = '421 4.7.0 Too much mail from you, try again later';
    expect(await attempt(one)).toMatchObject([{ kind: 'deferred', evidence: { reply: { code: 421 } } }]);
    const dialled = sink.connections();
    expect(await attempt(two)).toMatchObject({ kind: 'postponed', why: 'circuit_open' });
    expect(sink.connections()).toBe(dialled);
    reply = '250 2.0.0 kept';
    await clock.advance(67_000);
    expect(await attempt(two)).toMatchObject([{ kind: 'delivered' }]);
    await clock.advance(5_000);
    expect(await attempt(one)).toMatchObject([{ kind: 'delivered' }]);
  });
});
