import process from 'node:process';

import { systemClock } from '../adapters/clock-system.ts';
import { createConsoleLog } from '../adapters/log-console.ts';
import { readConfig } from '../config.ts';
import { welcomeScreen } from '../http/welcome.ts';
import { startLocal } from './local-process.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** Runs the single process until it is told to stop. What keeps it from starting is one sentence on standard error and code 1. */
export async function runLocal(environment: NodeJS.ProcessEnv): Promise<void> {
  const log = createConsoleLog(process.stdout, systemClock);
  try {
    const config = readConfig(environment);
    const postern = await startLocal(config, log);
    const { url, generatedKey, inboundUrl } = postern;
    // First of all: whoever reads the screen below may already send a signal.
    stopOnSignal(postern, (signal) => log.info('stopping', { signal }));
    process.stdout.write(welcomeScreen({ url, route: config.route.kind, dataDir: config.dataDir, generatedKey }));
    log.info('started', { url, route: config.route.kind, ...(inboundUrl !== null && { inbound: inboundUrl }) });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
