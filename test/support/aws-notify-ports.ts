import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { createHttpWebhookSender } from '../../functions/adapters/webhook-sender-http.ts';
import type { NotifyPorts } from '../../functions/core/events/notify.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import { renderProjectEvent } from '../../functions/http/webhooks/project-event-view.ts';
import type { AwsParts } from '../../functions/wiring/aws.ts';
import { wireDsns } from '../../functions/wiring/dsns.ts';
import { quietLog } from './quiet-log.ts';

/** What tells endpoints on AWS, which are dialled as their URL says. `sender` has to be closed. */
export function notifyPortsOf(parts: AwsParts, clock: Clock): NotifyPorts & AwsParts {
  return {
    ...parts,
    clock,
    random: systemRandom,
    log: quietLog,
    deliveries: parts.webhookDeliveries,
    secretBox: createAesSecretBox(Buffer.alloc(32, 1), systemRandom),
    render: renderProjectEvent,
    sendDsns: wireDsns({ hostname: 'out.gateway.test', maxAgeMs: 86_400_000 }, parts, { clock, log: quietLog }),
    sender: createHttpWebhookSender({
      findAddresses: async (host) => ({ kind: 'addresses', ips: [host] }),
      allowPrivateAddresses: true,
      trustedCas: [],
      clock,
    }),
  };
}
