import type { Clock } from '../core/ports/clock.ts';
import type { Metrics } from '../core/ports/metrics.ts';

/** What CloudWatch keeps the metrics under. */
export const metricsNamespace = 'Postern';

/**
 * The measures that become metrics; the others only stand in the line. Each is charged for the hours in which it had a value,
 * so a new one belongs here when an alarm or a graph needs it, and there is one dimension, the stage.
 */
export const publishedMeasures = [
  'delivered',
  'relayed',
  'deferred',
  'bounced',
  'in_doubt',
  'complained',
  'expired',
  'failed',
  'suppressed',
  'unknown',
  'tried',
  'decided',
  'attempts',
  'unfinished',
  'released',
  'held_back',
  'ended',
  'oldest_due_seconds',
] as const;

/**
 * Metrics on AWS: one line of JSON on standard output, which is a line of the log and in CloudWatch's embedded metric format
 * at once (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * A measure that is zero is no metric in that line.
 */
export function createEmfMetrics(stream: { write(text: string): unknown }, clock: Clock, stage: string): Metrics {
  return {
    record(event, measures) {
      const now = clock.now();
      const Metrics = publishedMeasures
        .filter((name) => (measures[name] ?? 0) > 0)
        .map((Name) => ({ Name, Unit: unitOf(Name) }));
      const directive = { Namespace: metricsNamespace, Dimensions: [['stage']], Metrics };
      const line = { time: new Date(now).toISOString(), level: 'info', event, stage, ...measures };
      const embedded = Metrics.length === 0 ? {} : { _aws: { Timestamp: now, CloudWatchMetrics: [directive] } };
      stream.write(`${JSON.stringify({ ...line, ...embedded })}\n`);
    },
  };
}

function unitOf(name: string): 'Count' | 'Milliseconds' | 'Seconds' {
  if (name.endsWith('_ms')) return 'Milliseconds';
  return name.endsWith('_seconds') ? 'Seconds' : 'Count';
}
