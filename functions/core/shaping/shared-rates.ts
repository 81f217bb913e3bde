import { boundedMap } from '../bounded-map.ts';
import type { SharingPorts } from './circuit-records.ts';
import { createTurns } from '../in-turn.ts';
import { limits } from '../limits.ts';
import type { SharedRecord } from '../ports/shaping-state.ts';
import { intervalMs, type Rate } from './rate.ts';
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

/** Until when the row of a rate is given out. */
type Row = { readonly until: number };
/** What was given out of it at once; `lent: 0` is nothing, and there is no use in asking before `endsAt`. */
type Loan = { readonly lent: number; readonly endsAt: number };
/** What a worker has in hand: `left` of a loan, to be sent before it ends. `wanted` is what it had asked for. */
type Hand = Loan & { readonly left: number; readonly wanted: number; readonly record: SharedRecord | null };

/**
 * Messages have their places in a row, one after another at the rate, and none is given out before its time but for the burst:
 * the generic cell rate algorithm (ITU-T I.371) on a record that all workers write. A worker takes several at once: twice
 * what it had when it used that up at once, else what it used; what it has not sent within `limits.inHandMs` is lost, so that
 * nobody saves up.
 *
 * What has to wait is spread over the time in which there will be room, as far as this worker knows.
 */
export function createSharedRates(ports: SharingPorts): SharedRates {
  const { clock } = ports;
  const hands = boundedMap<Hand>(limits.groupsHeld);
  const waitingUntil = boundedMap<number>(limits.groupsHeld);
  const inTurn = createTurns();

  async function take(name: string, rate: Rate): Promise<RateStanding> {
    const now = clock.now();
    const hand = hands.get(name);
    if (hand !== undefined && isCurrent(hand, rate, now)) {
      if (hand.lent === 0) return waitFor(name, hand.endsAt, rate, now);
      if (hand.left > 0) {
        hands.set(name, { ...hand, left: hand.left - 1 });
        return { kind: 'go' };
      }
    }
    const wanted = wantedNext(hand, rate, now);
    const rule = (row: Row | null) => lend(row, wanted, rate, now);
    const changed = await changeShared<Row, Loan>(`rate#${name}`, hand?.record, rule, ports);
    if (changed === null) return waitFor(name, now, rate, now);
    const { lent, endsAt } = changed.result;
    hands.set(name, { lent, endsAt, left: Math.max(0, lent - 1), wanted, record: changed.record });
    return lent > 0 ? { kind: 'go' } : waitFor(name, endsAt, rate, now);
  }

  function waitFor(name: string, roomAt: number, rate: Rate, now: number): RateStanding {
    const last = Math.min(waitingUntil.get(name) ?? 0, now + longestQueueMs);
    const until = Math.max(roomAt, last + intervalMs(rate));
    waitingUntil.set(name, until);
    return { kind: 'wait', until: Math.ceil(until), soonest: Math.ceil(roomAt) };
  }

  return { take: (name, rate) => inTurn(name, () => take(name, rate)) };
}

/** A queue that is longer is no measure of anything any more. */
const longestQueueMs = 24 * 60 * 60_000;

// A clock that was set back would leave a worker with what it has, or without, for as long as it was set back.
function isCurrent({ lent, endsAt }: Hand, rate: Rate, now: number): boolean {
  const longestMs = lent > 0 ? limits.inHandMs : leastLent(rate) * intervalMs(rate) + limits.clockSkewMs;
  return now < endsAt && endsAt <= now + longestMs;
}

function mostLent(rate: Rate): number {
  return Math.max(1, Math.min(limits.mostLentMessages, Math.floor(limits.inHandMs / intervalMs(rate))));
}

/** Who wants many waits until it is worth a write. */
function leastLent(rate: Rate): number {
  return Math.max(1, Math.floor(Math.min(mostLent(rate), rate.burst) / 2));
}

function wantedNext(hand: Hand | undefined, rate: Rate, now: number): number {
  if (hand === undefined) return 1;
  if (hand.lent === 0) return hand.wanted;
  const used = hand.lent - hand.left;
  const isUsedUp = hand.left === 0 && now < hand.endsAt;
  return Math.max(1, Math.min(mostLent(rate), isUsedUp ? 2 * used : used));
}

function lend(row: Row | null, wanted: number, rate: Rate, now: number) {
  const eachMs = intervalMs(rate);
  const burstMs = Math.max(limits.earlyMs, (rate.burst - 1) * eachMs);
  // The row cannot be given out further than this, or the clock was set back; then it is given out as far as can be.
  const furthest = now + burstMs + eachMs;
  const isAhead = row !== null && row.until > furthest + limits.clockSkewMs;
  const from = isAhead ? furthest : Math.max(row?.until ?? now, now);
  const room = Math.max(0, Math.floor((now + burstMs - from) / eachMs) + 1);
  const least = Math.min(wanted, leastLent(rate));
  const lent = room < least ? 0 : Math.min(wanted, room);
  const endsAt = lent > 0 ? now + limits.inHandMs : from + (least - 1) * eachMs - burstMs;
  if (lent === 0 && !isAhead) return { kind: 'keep', result: { lent, endsAt } } as const;
  const until = from + lent * eachMs;
  return {
    kind: 'write',
    value: { until },
    keepUntil: Math.ceil(until) + limits.clockSkewMs,
    result: { lent, endsAt },
  } as const;
}
