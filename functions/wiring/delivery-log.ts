import { randomUUID } from 'node:crypto';
import process from 'node:process';

import { openDeliveryLogDirectory } from '../adapters/delivery-log-directory.ts';
import { classify } from '../bounce/classify.ts';
import type { Config } from '../config.ts';
import { type LineSink, logDeliveries } from '../core/delivery-log/log-deliveries.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { DeliveryLog } from '../core/ports/delivery-log.ts';
import type { Log } from '../core/ports/log.ts';

/** The log of deliveries, absent when it is off, and how to write what is left of it. */
export type WiredDeliveryLog = { readonly deliveryLog?: DeliveryLog; readonly close: () => Promise<void> };

type Ambient = { readonly clock: Clock; readonly log: Log };

const nothing = async (): Promise<void> => undefined;

/** Rejects with an Error of one sentence for a directory that cannot be written. */
export async function wireDeliveryLog(
  { deliveryLog }: Pick<Config, 'deliveryLog'>,
  ambient: Ambient,
): Promise<WiredDeliveryLog> {
  switch (deliveryLog.kind) {
    case 'off':
      return { close: nothing };
    case 'stdout':
      return { deliveryLog: linesTo(process.stdout, ambient), close: nothing };
    case 'directory': {
      const directory = await openDeliveryLogDirectory(deliveryLog.path, ambient);
      return { deliveryLog: linesTo(directory, ambient), close: () => directory.close() };
    }
  }
}

function linesTo(sink: LineSink, { log }: Ambient): DeliveryLog {
  return logDeliveries(sink, log, { classify, nodeId: randomUUID() });
}
