import type { NotifyTask } from '../events/owed.ts';

/** Where tasks for webhooks go: at least once, unordered. */
export interface NotifyQueue {
  /** Every task is durable when it resolves; it is received after `delayMs`, 15 minutes at most. */
  send(tasks: readonly NotifyTask[], delayMs?: number): Promise<void>;
}
