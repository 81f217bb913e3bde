import { afterAll, beforeAll } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { createHttpWebhookSender } from '../../functions/adapters/webhook-sender-http.ts';
import { notify, type NotifyPorts } from '../../functions/core/events/notify.ts';
import { renderProjectEvent } from '../../functions/http/webhooks/project-event-view.ts';
import { openAws } from '../../functions/wiring/aws.ts';
import { describeDsns } from '../contract/dsns.contract.ts';
import { now } from '../contract/samples.ts';
import { quietLog } from '../support/quiet-log.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { adjustableClock } from './temporary-store.ts';

let region: AwsRegion;
beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

const unaborted = new AbortController().signal;

// What the queue was told is lost each time: the sweep finds what is left.
describeDsns('DynamoDB', async () => {
  const names = await region.create();
  const clock = adjustableClock();
  clock.advance(now - clock.now());
  const ambient = { clock, random: systemRandom, log: quietLog };
  const parts = openAws(region.clients, names, ambient);
  const sender = createHttpWebhookSender({
    findAddresses: async () => ({ kind: 'addresses', ips: [] }),
    allowPrivateAddresses: true,
    trustedCas: [],
    clock,
  });
  return {
    ...parts,
    async look(sendDsns) {
      const ports: NotifyPorts = {
        ...parts,
        ...ambient,
        deliveries: parts.webhookDeliveries,
        secretBox: createAesSecretBox(Buffer.alloc(32, 1), systemRandom),
        render: renderProjectEvent,
        sender,
        sendDsns,
      };
      clock.advance(61_000);
      for (const one of await parts.owed.left(clock.now(), 10, clock.now())) {
        const task = { kind: 'owed', sure: false, ...one } as const;
        await notify(task, ports, clock.now() + 60_000, unaborted).catch(() => undefined);
      }
    },
    async dispose() {
      sender.close();
    },
  };
});
