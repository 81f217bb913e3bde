import type { Clock } from '../core/ports/clock.ts';
import type { Queue, ReceivedJob } from '../core/ports/queue.ts';
import { insertJob, type JobRow, parseJob } from './sqlite-jobs.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Longer than any attempt: the session limit of 14 minutes, with room to record its outcome. */
const defaultVisibilityMs = 16 * 60_000;

type InFlight = { readonly seq: number; readonly visibleAt: number };

/**
 * The queue on the embedded store. Jobs are rows; which of them are in somebody's hands is known in memory only, for the
 * process is the only one on the store, and when it ends its hands are empty.
 *
 * A cursor runs over the rows in the order in which they were committed, so a receive reads only what it hands out. Jobs
 * that come back, because their visibility timeout has passed, go out again before the cursor moves on.
 */
export function createSqliteQueue(store: SqliteStore, clock: Clock, visibilityMs = defaultVisibilityMs): Queue {
  const hands = createHands(store, clock, visibilityMs);
  return {
    visibilityMs,
    send: (jobs) =>
      store.write(() => {
        for (const job of jobs) insertJob(store, job);
      }),
    async receive(limit, waitMs, signal) {
      const deadline = clock.now() + waitMs;
      const aborted = (): boolean => signal?.aborted === true;
      while (!aborted()) {
        const failure = store.failure();
        if (failure !== null) throw failure;
        const received = hands.take(limit);
        const leftMs = deadline - clock.now();
        if (received.length > 0 || leftMs <= 0) return received;
        await nextJob(store, hands, clock, Math.min(leftMs, hands.nextReturnMs()), signal);
      }
      return [];
    },
    hold: async (receipts) => receipts.forEach((receipt) => hands.hold(receipt)),
    giveBack: async (receipts) => receipts.forEach((receipt) => hands.giveBack(receipt)),
    async remove(receipts) {
      const held = receipts.flatMap((receipt) => hands.seqOf(receipt) ?? []);
      await store.write(() => {
        for (const seq of held) store.statement('DELETE FROM job WHERE seq = ?').run(seq);
      });
      for (const receipt of receipts) hands.forget(receipt);
    },
    async setAside(receipt, why) {
      const seq = hands.seqOf(receipt);
      if (seq === null) return;
      await store.write(() => moveAside(store, seq, why, clock.now()));
      hands.forget(receipt);
    },
  };
}

type Hands = {
  take(limit: number): ReceivedJob[];
  /** The row behind a receipt, `null` when the receipt has run out. */
  seqOf(receipt: string): number | null;
  forget(receipt: string): void;
  hold(receipt: string): void;
  giveBack(receipt: string): void;
  /** Calls the listener whenever a job is given back, until the answer is called. */
  afterGiveBack(listener: () => void): () => void;
  /** How long until the first job comes back by itself. */
  nextReturnMs(): number;
};

function createHands(store: SqliteStore, clock: Clock, visibilityMs: number): Hands {
  // In the order of `visibleAt`, which is that of insertion, for the timeout is the same for all.
  const inFlight = new Map<string, InFlight>();
  const returned: number[] = [];
  const listeners = new Set<() => void>();
  let cursor = 0;
  let issued = 0;

  function takeBack(): void {
    const now = clock.now();
    for (const [receipt, { seq, visibleAt }] of inFlight) {
      if (visibleAt > now) break;
      inFlight.delete(receipt);
      returned.push(seq);
    }
  }

  return {
    take(limit) {
      takeBack();
      const again = store.statement('SELECT seq, body, content FROM job WHERE seq = ?');
      const rows = returned.splice(0, limit).flatMap((seq) => (again.get(seq) as JobRow | undefined) ?? []);
      const next = store.statement('SELECT seq, body, content FROM job WHERE seq > ? ORDER BY seq LIMIT ?');
      rows.push(...(next.all(cursor, limit - rows.length) as JobRow[]));
      cursor = Math.max(cursor, rows.at(-1)?.seq ?? 0);
      const visibleAt = clock.now() + visibilityMs;
      return rows.map((row) => {
        const receipt = String(++issued);
        inFlight.set(receipt, { seq: row.seq, visibleAt });
        return { receipt, ...parseJob(row) };
      });
    },
    seqOf(receipt) {
      takeBack();
      return inFlight.get(receipt)?.seq ?? null;
    },
    forget: (receipt) => inFlight.delete(receipt),
    hold(receipt) {
      takeBack();
      const job = inFlight.get(receipt);
      if (job === undefined) return;
      // Behind all others again, where its time now is.
      inFlight.delete(receipt);
      inFlight.set(receipt, { ...job, visibleAt: clock.now() + visibilityMs });
    },
    giveBack(receipt) {
      const job = inFlight.get(receipt);
      if (job === undefined) return;
      inFlight.delete(receipt);
      returned.push(job.seq);
      for (const listener of listeners) listener();
    },
    afterGiveBack(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    nextReturnMs() {
      const [first] = inFlight.values();
      return first === undefined ? Infinity : Math.max(0, first.visibleAt - clock.now());
    },
  };
}

function moveAside(store: SqliteStore, seq: number, why: string, now: number): void {
  store
    .statement(
      `INSERT INTO job_set_aside (seq, body, content, why, set_aside_at)
       SELECT seq, body, content, ?, ? FROM job WHERE seq = ?`,
    )
    .run(why, now, seq);
  store.statement('DELETE FROM job WHERE seq = ?').run(seq);
}

// Every new job is part of a commit, whoever wrote it; most commits bring none, and a look for it is cheap.
async function nextJob(
  store: SqliteStore,
  hands: Hands,
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  const unsubscribe = [store.afterCommit(wake), hands.afterGiveBack(wake)];
  signal?.addEventListener('abort', wake);
  await clock.sleep(ms, woken.signal);
  signal?.removeEventListener('abort', wake);
  for (const end of unsubscribe) end();
}
