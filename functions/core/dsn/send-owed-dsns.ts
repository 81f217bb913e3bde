import { partsOfDeliveryId } from '../delivery-id.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { FoundEmail, Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { OwedDsns } from '../ports/owed-dsns.ts';

export type SendOwedDsnsPorts = {
  readonly owedDsns: OwedDsns;
  readonly ledger: Pick<Ledger, 'find'>;
  /** core/dsn/send-dsns.ts */
  readonly sendDsns: (found: FoundEmail, index: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Sends the notifications that are owed. What cannot be sent now is looked at again later, and holds up nothing else. */
export async function sendOwedDsns(ports: SendOwedDsnsPorts): Promise<void> {
  const { owedDsns, clock, log, ledger, sendDsns } = ports;
  const now = clock.now();
  for (const { id, projectId, deliveryId } of await owedDsns.left(now, limits.sweepBatch, now + limits.dsnRetryMs)) {
    try {
      const { emailId, index } = partsOfDeliveryId(deliveryId);
      const found = await ledger.find(projectId, emailId);
      if (found !== null) await sendDsns(found, index);
      await owedDsns.forget(id);
    } catch (error) {
      log.error('dsn_not_accepted', { delivery: deliveryId, why: String(error) });
    }
  }
}
