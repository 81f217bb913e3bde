import { boundedMap } from './bounded-map.ts';
import type { SharingPorts } from './circuit-records.ts';
import { createTurns } from './in-turn.ts';
import { limits } from './limits.ts';
import type { SharedRecord } from './ports/shaping-state.ts';
import { type Rate, windowOf } from './rate.ts';
import { changeShared } from './shared-record.ts';

/** Whether a message may go now, or when it should come again: `until` if it has time, `soonest` if it has not. */
export type RateStanding =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly until: number; readonly soonest: number };

/** Rates that all workers keep together. */
export type SharedRates = {
  /** Takes one message out of what `name` has left. */
  take(name: string, rate: Rate): Promise<RateStanding>;
};

/** A window of a rate as all see it: when it ends, and how many messages were taken out of it. */
type Window = { readonly endsAt: number; readonly used: number };
/** What this worker holds of it. */
type Lease = {
  readonly record: SharedRecord | null;
  readonly endsAt: number;
  readonly left: number;
  readonly isEmpty: boolean;
};
type Loan = { readonly endsAt: number; readonly lent: number };

/**
 * Counts in windows, the first of which begins with its first message, and the others one after another. A worker takes messages out of a window in leases, a tenth
 * of what is left, and counts within its lease by itself: for a busy rate one write for up to 50 messages. Never more than
 * the rate passes in a window; what a worker has taken and does not use is lost to the others until the window ends.
 *
 * What has to wait is spread over the time in which there will be room, as far as this worker knows.
 */
export function createSharedRates(ports: SharingPorts): SharedRates {
  const { clock } = ports;
  const leases = boundedMap<Lease>(limits.groupsHeld);
  const waitingUntil = boundedMap<number>(limits.groupsHeld);
  const inTurn = createTurns();

  async function take(name: string, rate: Rate): Promise<RateStanding> {
    const now = clock.now();
    const known = leases.get(name);
    const lease = known !== undefined && isCurrent(known, rate, now) ? known : null;
    if (lease !== null && lease.left > 0) {
      leases.set(name, { ...lease, left: lease.left - 1 });
      return { kind: 'go' };
    }
    if (lease?.isEmpty === true) return waitFor(name, lease.endsAt, rate, now);
    const changed = await changeShared<Window, Loan>(
      `rate#${name}`,
      known?.record,
      (window) => lend(window, rate, now),
      ports,
    );
    if (changed === null) return waitFor(name, now, rate, now);
    const { endsAt, lent } = changed.result;
    const { record } = changed;
    leases.set(name, { record, endsAt, left: Math.max(0, lent - 1), isEmpty: lent === 0 });
    return lent > 0 ? { kind: 'go' } : waitFor(name, endsAt, rate, now);
  }

  function waitFor(name: string, endsAt: number, rate: Rate, now: number): RateStanding {
    const last = waitingUntil.get(name) ?? 0;
    const until = Math.ceil(Math.max(endsAt, Math.min(last, now + longestQueueMs)) + rate.periodMs / rate.messages);
    waitingUntil.set(name, until);
    return { kind: 'wait', until, soonest: endsAt };
  }

  return { take: (name, rate) => inTurn(name, () => take(name, windowOf(rate))) };
}

/** A queue that is longer is no measure of anything any more. */
const longestQueueMs = 24 * 60 * 60_000;

function isCurrent({ endsAt }: Lease, rate: Rate, now: number): boolean {
  return now < endsAt && endsAt <= now + rate.periodMs + limits.clockSkewMs;
}

function lend(window: Window | null, rate: Rate, now: number) {
  const keepUntil = (endsAt: number): number => endsAt + rate.periodMs;
  const isOver = window === null || window.endsAt <= now;
  // One window ends where another did, so that there are not more of them in a time than fit into it.
  const periods = window === null || !isOver ? 1 : Math.floor((now - window.endsAt) / rate.periodMs) + 1;
  const fresh = { endsAt: (isOver ? (window?.endsAt ?? now) : now) + periods * rate.periodMs, used: 0 };
  // When the clock was set back the window begins anew, so that it gets no longer, and keeps its count.
  const isAhead = !isOver && window.endsAt > now + rate.periodMs + limits.clockSkewMs;
  const current = isOver ? fresh : isAhead ? { ...fresh, used: window.used } : window;
  const { endsAt } = current;
  const room = rate.messages - current.used;
  if (room < 1 && !isAhead) return { kind: 'keep', result: { endsAt, lent: 0 } } as const;
  const share = Math.min(limits.mostLentMessages, Math.floor(room * limits.lentFraction));
  const lent = Math.min(Math.max(room, 0), Math.max(1, share));
  const value = { endsAt, used: current.used + lent };
  return { kind: 'write', value, keepUntil: keepUntil(endsAt), result: { endsAt, lent } } as const;
}
