import type { SecureContext } from 'node:tls';

import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Target } from '../core/ports/router.ts';
import type { HostResult, SmtpClient } from '../core/ports/smtp-client.ts';
import type { TlsResults } from '../core/ports/tls-results.ts';
import type { AttemptOrder } from '../core/ports/transport.ts';
import { deliver } from './deliver-order.ts';
import { PhaseTimes } from './phase-times.ts';
import type { SmtpSettings } from './settings.ts';
import { SessionPool } from './session-pool.ts';
import { tlsContext } from './tls-upgrade.ts';

/**
 * The SMTP client: pooled connections, one transaction at a time on each.
 *
 * It answers with what each recipient came to and never throws for what the far side does; a rejected promise means that
 * the content could not be read, with the connection dropped before the server could hold the message.
 */
export function createSmtpClient(
  settings: SmtpSettings,
  ports: { readonly clock: Clock; readonly log: Log; readonly tlsResults: TlsResults },
): SmtpClient {
  let context: SecureContext | null = null;
  const sharedContext = (): SecureContext => (context ??= tlsContext(settings.trustedCas));
  const pool = new SessionPool(settings, sharedContext, ports);
  return {
    send(target: Target, order: AttemptOrder, accepted: 'delivered' | 'relayed'): Promise<HostResult> {
      const startedAt = performance.now();
      // The order's deadline is on the wall clock, which may be set at any time; the attempt is measured by the monotonic one.
      const endsAt = startedAt + order.deadline - ports.clock.now();
      const attempt = { startedAt, endsAt, signal: order.signal, phases: new PhaseTimes() };
      return deliver(pool, settings, target, order, attempt, accepted);
    },
    close: () => pool.close(),
  };
}
