import { createMemoryRateLimiter } from '../adapters/rate-limiter-memory.ts';
import type { ReturnedMailListener, ReturnedMailPorts } from '../adapters/returned-mail-smtp.ts';
import type { Config } from '../config.ts';
import { readInboundListen } from '../config/inbound-listen.ts';
import { limits } from '../core/limits.ts';
import type { EmbeddedParts } from './embedded.ts';
import { type TakeReport, wireReturnPathCheck } from './reports.ts';

/** Listens for returned mail where that is set; `null` where it is not. The package that does it is loaded only then. */
export async function wireInboundListener(
  config: Config,
  parts: EmbeddedParts,
  takeReport: TakeReport,
  ambient: Pick<ReturnedMailPorts, 'clock' | 'log'>,
): Promise<ReturnedMailListener | null> {
  const listen = readInboundListen(config.inboundListen, config.returnPath);
  if (listen === null) return null;
  const { listenForReturnedMail } = await import('../adapters/returned-mail-smtp.ts');
  const { hostname, maxRequestBytes } = config;
  return listenForReturnedMail(
    {
      ...listen,
      hostname,
      mostOctets: maxRequestBytes,
      idleMs: limits.inboundIdleMs,
      sessionMs: limits.inboundSessionMs,
    },
    {
      ...ambient,
      rates: createMemoryRateLimiter(),
      isExpected: wireReturnPathCheck(config, parts, ambient),
      async take(message, address) {
        const { mail, token, settled } = await takeReport(message, {
          projectId: null,
          dryRun: false,
          sentTo: [address],
        });
        ambient.log.info('returned_mail_read', { kind: mail.kind, token, settled });
        return settled;
      },
    },
  );
}
