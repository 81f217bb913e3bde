import type { SharingPorts } from './circuit-records.ts';
import { createTurns } from '../in-turn.ts';
import { limits } from '../limits.ts';
import type { SharedRecord } from '../ports/shaping-state.ts';
import { changeShared } from './shared-record.ts';

/** Connections that all workers have together, each of them held for as long as an attempt takes. */
export type ConnectionSlots = {
  /** Whether one of `cap` is the caller's. */
  take(group: string, cap: number): Promise<boolean>;
  /** How many of the group's are this worker's now, in use or not. */
  granted(group: string): number;
  /** Gives one back. */
  give(group: string): void;
};

/** Who holds how many, and until when without another word. */
export type SlotHolders = Readonly<Record<string, { readonly count: number; readonly until: number }>>;

type Held = {
  inUse: number;
  /** What the shared record says is ours. */
  granted: number;
  /** The most that were in use since it was written. */
  peak: number;
  writtenAt: number;
  refusedAt: number;
  cap: number;
  record: SharedRecord | null | undefined;
  renewing: AbortController | null;
};

/**
 * The holders after one of them asked for `wanted` in all: it gets what the others, those alive, leave of `cap`. Pure.
 */
export function grantSlots(
  holders: SlotHolders | null,
  { holder, wanted, cap }: { readonly holder: string; readonly wanted: number; readonly cap: number },
  now: number,
): { readonly holders: SlotHolders; readonly count: number } {
  const latest = now + limits.slotLeaseMs + limits.clockSkewMs;
  const others = Object.entries(holders ?? {}).filter(
    ([name, { until }]) => name !== holder && until > now && until <= latest,
  );
  const taken = others.reduce((sum, [, { count }]) => sum + count, 0);
  const count = Math.max(0, Math.min(wanted, cap - taken));
  const own = count === 0 ? [] : [[holder, { count, until: now + limits.slotLeaseMs }] as const];
  return { holders: Object.fromEntries([...others, ...own]), count };
}

/**
 * A worker takes one more from the shared record when all it has are in use, and keeps what it has for the next attempts, as
 * its open connections stay for them. It writes when it needs more, and every 20 seconds, when it gives back what it did not
 * use; one that is gone, or idle, holds nothing after a minute. `holder` tells the worker from all others.
 */
export function createConnectionSlots(holder: string, ports: SharingPorts): ConnectionSlots {
  const { clock, log } = ports;
  const held = new Map<string, Held>();
  const inTurn = createTurns();

  async function renew(group: string, mine: Held, { signal }: AbortController): Promise<void> {
    for (;;) {
      await clock.sleep(limits.slotRenewalMs, signal);
      if (signal.aborted) return;
      await inTurn(group, () => askFor(mine.peak, group, mine, holder, ports)).catch((error: unknown) =>
        log.warn('slots_not_renewed', { group, why: String(error) }),
      );
    }
  }

  async function take(group: string, cap: number): Promise<boolean> {
    const now = clock.now();
    const mine = held.get(group) ?? { ...noneHeld, cap };
    held.set(group, mine);
    mine.cap = cap;
    const isStale = Math.abs(now - mine.writtenAt) >= limits.slotRenewalMs;
    if (isStale || mine.granted <= mine.inUse) {
      if (!isStale && Math.abs(now - mine.refusedAt) < limits.slotRefusalMs) return false;
      // What others hold may be less than when it was last seen, which only the store knows.
      mine.record = undefined;
      await askFor(Math.max(mine.inUse + 1, mine.peak), group, mine, holder, ports);
    }
    if (mine.granted <= mine.inUse) {
      mine.refusedAt = now;
      return false;
    }
    mine.inUse++;
    mine.peak = Math.max(mine.peak, mine.inUse);
    if (mine.renewing === null) {
      mine.renewing = new AbortController();
      void renew(group, mine, mine.renewing);
    }
    return true;
  }

  return {
    take: (group, cap) => inTurn(group, () => take(group, cap)),
    granted: (group) => held.get(group)?.granted ?? 0,
    give(group) {
      const mine = held.get(group);
      if (mine === undefined || mine.inUse === 0) return;
      mine.inUse--;
      if (mine.inUse > 0) return;
      mine.renewing?.abort();
      mine.renewing = null;
    },
  };
}

async function askFor(wanted: number, group: string, mine: Held, holder: string, ports: SharingPorts): Promise<void> {
  const now = ports.clock.now();
  const changed = await changeShared<SlotHolders, number>(
    `slots#${group}`,
    mine.record,
    (holders) => {
      const granted = grantSlots(holders, { holder, wanted, cap: mine.cap }, now);
      const stored = holders?.[holder];
      const isNews = granted.count !== (stored?.count ?? 0) || isAged(stored, now);
      if (!isNews) return { kind: 'keep', result: granted.count };
      return { kind: 'write', value: granted.holders, keepUntil: now + limits.slotLeaseMs, result: granted.count };
    },
    ports,
  );
  // Nobody knows then what is ours: what was granted stays until its lease ends.
  if (changed === null) return;
  Object.assign(mine, { granted: changed.result, record: changed.record, writtenAt: now, peak: mine.inUse });
}

function isAged(stored: SlotHolders[string] | undefined, now: number): boolean {
  return stored !== undefined && stored.until - now <= limits.slotLeaseMs - limits.slotRenewalMs;
}

const noneHeld: Omit<Held, 'cap'> = {
  inUse: 0,
  granted: 0,
  peak: 0,
  writtenAt: -Infinity,
  refusedAt: -Infinity,
  record: undefined,
  renewing: null,
};
