import { deliveryRecords, type RecordContext } from './delivery-record.ts';
import type { DeliveryLog } from '../ports/delivery-log.ts';
import type { Log } from '../ports/log.ts';
import { printableJson } from './printable-json.ts';

/** Takes lines, each with its line end. Returns at once and never throws. */
export type LineSink = { write(line: string): unknown };

/** The log of deliveries as lines of JSON, one a record. */
export function logDeliveries(sink: LineSink, log: Log, context: RecordContext): DeliveryLog {
  return {
    note(change) {
      try {
        for (const record of deliveryRecords(change, context)) sink.write(`${printableJson(record)}\n`);
      } catch (error) {
        // A bug of ours; the mail is not to blame.
        log.error('delivery_not_logged', { email: change.email.id, why: String(error) });
      }
    },
  };
}
