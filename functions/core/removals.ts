import type { Log } from './ports/log.ts';
import type { Queue } from './ports/queue.ts';

/** Takes finished jobs off the queue while the next ones are worked on. */
export type Removals = {
  add(receipt: string): void;
  /** Resolves when everything added so far has been removed, or failed to be. */
  settled(): Promise<void>;
};

/**
 * One call at a time removes all jobs that have gathered meanwhile. A job that could not be removed comes back when its
 * visibility timeout passes, and its claim is lost then.
 */
export function createRemovals(queue: Queue, log: Log): Removals {
  let waiting: string[] = [];
  let running: Promise<void> | null = null;

  async function removeAll(): Promise<void> {
    while (waiting.length > 0) {
      const receipts = waiting;
      waiting = [];
      try {
        await queue.remove(receipts);
      } catch (error) {
        log.error('jobs_not_removed', { count: receipts.length, why: String(error) });
      }
    }
    running = null;
  }

  return {
    add(receipt) {
      waiting.push(receipt);
      running ??= removeAll();
    },
    settled: () => running ?? Promise.resolve(),
  };
}
