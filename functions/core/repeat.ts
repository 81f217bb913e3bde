import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';

/** Runs `task` again and again, `intervalMs` after it last ended, until `signal` is aborted. A task that throws is logged and comes again. */
export async function repeat(
  name: string,
  intervalMs: number,
  task: () => Promise<unknown>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task();
    } catch (error) {
      log.error('task_failed', { task: name, why: String(error) });
    }
    await clock.sleep(intervalMs, signal);
  }
}
