import process from 'node:process';

import { systemClock } from '../adapters/clock-system.ts';
import { createConsoleLog } from '../adapters/log-console.ts';
import { readConfig } from '../config.ts';
import { welcomeScreen } from '../http/welcome.ts';
import { type LocalProcess, startLocal } from './local-process.ts';

/** Runs the single process until it is told to stop. What keeps it from starting is one sentence on standard error and code 1. */
export async function runLocal(environment: NodeJS.ProcessEnv): Promise<void> {
  const log = createConsoleLog(process.stdout, systemClock);
  try {
    const config = readConfig(environment);
    const postern = await startLocal(config, log);
    const { url, generatedKey } = postern;
    // First of all: whoever reads the screen below may already send a signal.
    stopOnSignal(postern, (signal) => log.info('stopping', { signal }));
    process.stdout.write(welcomeScreen({ url, route: config.route.kind, dataDir: config.dataDir, generatedKey }));
    log.info('started', { url, route: config.route.kind });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

// The second signal is not waited for: whoever sends it wants the process gone.
function stopOnSignal(postern: LocalProcess, note: (signal: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      note(signal);
      void postern.stop().then((inTime) => process.exit(inTime ? 0 : 1));
    });
  }
}
