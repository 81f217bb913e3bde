// One process: API, worker and sweep on the embedded store. `npm start` runs it.
import process from 'node:process';

import { systemClock } from './adapters/clock-system.ts';
import { createConsoleLog } from './adapters/log-console.ts';
import { readConfig } from './config.ts';
import { welcomeScreen } from './http/welcome.ts';
import { startLocal } from './wiring/local-process.ts';

const log = createConsoleLog(process.stdout, systemClock);
try {
  const config = readConfig(process.env);
  const postern = await startLocal(config, log);
  const { url, generatedKey } = postern;
  process.stdout.write(welcomeScreen({ url, route: config.route.kind, dataDir: config.dataDir, generatedKey }));
  log.info('started', { url, route: config.route.kind });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping', { signal });
      void postern.stop().then((inTime) => process.exit(inTime ? 0 : 1));
    });
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
