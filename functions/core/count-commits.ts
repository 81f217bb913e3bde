import type { Delivery } from './email.ts';
import type { DeliveryId } from './ids.ts';
import { mailCounts, sum } from './mail-counts.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Measures } from './ports/metrics.ts';

/** A ledger, and what has been written through it. */
export type CountedLedger = {
  readonly ledger: Ledger;
  /** What was counted since it was last asked. */
  take(): Measures;
};

/**
 * Counts what becomes of the deliveries that are claimed or found due through this ledger. Only what is committed counts, so
 * the numbers are those of the record: an outcome that was fenced out is not among them.
 */
export function countCommits(ledger: Ledger): CountedLedger {
  const before = new Map<DeliveryId, Delivery>();
  let counted: Measures = {};
  return {
    ledger: {
      ...ledger,
      async claim(delivery, now, leaseUntil) {
        const claim = await ledger.claim(delivery, now, leaseUntil);
        if (claim.kind !== 'lost') before.set(delivery.id, claim.delivery);
        return claim;
      },
      async due(now, limit) {
        const due = await ledger.due(now, limit);
        for (const { delivery } of due) before.set(delivery.id, delivery);
        return due;
      },
      async commit(next) {
        const result = await ledger.commit(next);
        const delivery = before.get(next.id);
        before.delete(next.id);
        if (result === 'committed' && delivery !== undefined) counted = sum([counted, mailCounts(delivery, next)]);
        return result;
      },
    },
    take() {
      const taken = counted;
      counted = {};
      return taken;
    },
  };
}
