// One of the workers of shaping.ts: sends what it can to the sink, in a process of its own, until its parent lets go of it.
import process from 'node:process';

import { systemClock } from '../functions/adapters/clock-system.ts';
import { systemRandom } from '../functions/adapters/random-system.ts';
import { createDynamodbShapingState } from '../functions/adapters/shaping-state-dynamodb.ts';
import { readConfig } from '../functions/config.ts';
import type { Router } from '../functions/core/ports/router.ts';
import { createSmtpTransport } from '../functions/core/smtp-transport.ts';
import { createAwsClients } from '../functions/wiring/aws.ts';
import { wireShaping } from '../functions/wiring/shaping.ts';
import { functionEnvironment } from '../test/support/function-environment.ts';
import { orderOf, targetAt, testClient } from '../test/support/smtp-order.ts';

const [endpoint = '', table = '', port = '', shaping = '', lanes = '1'] = process.argv.slice(2);
const clients = createAwsClients('us-east-1', { endpoint });
const ports = {
  clock: systemClock,
  random: systemRandom,
  log: { info: () => undefined, warn: console.error, error: console.error },
  state: createDynamodbShapingState({ client: clients.dynamodb, name: table, clock: systemClock }, systemRandom),
};
const config = readConfig({ ...functionEnvironment, POSTERN_SHAPING: shaping }, 'aws');
const { capsOf, ...parts } = wireShaping(config, ports);
const client = testClient({ capsOf });
const router: Router = {
  async route() {
    const targets = [targetAt(Number(port), { host: 'mx1.receiver.example' })];
    return { kind: 'targets', targets, accepted: 'delivered', hostsSecured: false };
  },
};
const transport = createSmtpTransport({ router, client, clock: systemClock, shaping: parts });
const counts = { delivered: 0, postponed: 0, other: 0 };
const stopping = new AbortController();

async function lane(): Promise<void> {
  while (!stopping.signal.aborted) {
    const result = await transport.attempt({ ...orderOf(), deadline: Date.now() + 60_000 });
    if (!('kind' in result)) {
      counts[result[0]?.kind === 'delivered' ? 'delivered' : 'other']++;
      continue;
    }
    counts.postponed++;
    // As a sweep does it: what is due is looked for each second. A backlog has always something that is due.
    await systemClock.sleep(Math.min(1_000, result.until - systemClock.now()), stopping.signal);
  }
}

process.once('message', () => stopping.abort());
await Promise.all(Array.from({ length: Number(lanes) }, lane));
await client.close();
clients.destroy();
process.send?.(counts, () => process.disconnect());
