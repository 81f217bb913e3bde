import type { Log } from '../core/ports/log.ts';
import type { Metrics } from '../core/ports/metrics.ts';

/** Metrics as lines of the log, for people to read; what is zero is left out, and so is a line of nothing else. */
export function createLogMetrics(log: Log): Metrics {
  return {
    record(event, measures) {
      const counted = Object.entries(measures).filter(([, value]) => value !== 0);
      if (counted.length > 0) log.info(event, Object.fromEntries(counted));
    },
  };
}
