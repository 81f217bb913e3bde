import type { Outcome } from '../../functions/core/outcome.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { Random } from '../../functions/core/ports/random.ts';
import type { AttemptOrder, Transport } from '../../functions/core/ports/transport.ts';
import { addressOf } from '../../functions/core/mailbox.ts';

/** A clock that moves only when it is told to; `sleep` ends at once. */
export type SimulatedClock = Clock & { advance(ms: number): void };

export function createSimulatedClock(startMs: number): SimulatedClock {
  let now = startMs;
  return {
    now: () => now,
    sleep: async () => undefined,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** mulberry32: small, seeded, good enough to choose faults with. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { fraction, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(fraction() * 256)) };
}

/** What the simulated far side knows for certain: how often each recipient of each domain got the message. */
export type FarSide = {
  readonly transport: Transport;
  /** Copies by address. */
  readonly copies: Map<string, number>;
  /** Attempts whose process was killed: they never answer. `wake` lets them answer after all, too late. */
  readonly suspended: (() => void)[];
};

const evidence = { phase: 'dot', host: 'mx.test', ip: null, port: 25, tls: null, reply: null, error: null } as const;

/** A far side that takes, refuses, defers or leaves in doubt, as chance has it; now and then the attempt hangs for good. */
export function createFarSide(random: Random): FarSide {
  const copies = new Map<string, number>();
  const suspended: (() => void)[] = [];
  const take = (address: string): void => void copies.set(address, (copies.get(address) ?? 0) + 1);
  const judge = (address: string): Outcome => {
    const chance = random.fraction();
    if (chance < 0.4) {
      take(address);
      return { kind: 'delivered', evidence };
    }
    if (chance < 0.5)
      return {
        kind: 'bounced',
        source: 'smtp',
        evidence: { ...evidence, reply: { code: 550, enhancedCode: '5.1.1', text: 'no' } },
      };
    if (chance < 0.7) {
      if (random.fraction() < 0.5) take(address);
      return { kind: 'in_doubt', evidence };
    }
    const cause = chance < 0.75 ? 'interrupted' : chance < 0.85 ? 'host' : 'message';
    return { kind: 'deferred', cause, evidence };
  };
  const transport: Transport = {
    attempt: async (order: AttemptOrder) => {
      const outcomes = order.recipients.map((recipient) => judge(addressOf(recipient)));
      if (random.fraction() < 0.1) await new Promise<void>((resolve) => suspended.push(resolve));
      return outcomes;
    },
  };
  return { transport, copies, suspended };
}
