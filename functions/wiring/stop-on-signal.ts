import process from 'node:process';

/**
 * Stops a process when it is told to, and ends it with code 0 when everything had ended in time, else 1. The second signal is
 * not waited for: whoever sends it wants the process gone. `note` hears of the first.
 */
export function stopOnSignal(running: { stop(): Promise<boolean> }, note: (signal: NodeJS.Signals) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      note(signal);
      void running.stop().then((inTime) => process.exit(inTime ? 0 : 1));
    });
  }
}
