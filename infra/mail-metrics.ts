import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** A measure that the functions write into their log in the embedded metric format, added up over the period. */
export function mailMetric(stage: string, metricName: string, period: Duration, statistic: string = Stats.SUM): Metric {
  return new Metric({ namespace: 'Postern', metricName, dimensionsMap: { stage }, period, statistic });
}

/**
 * How many of a hundred: `part` of `whole`, and 0 while the whole is below `least`, so that one bounce of two mails is no
 * rate. Where the part has no value there is none, which counts as nothing wrong.
 */
export function mailRate(
  stage: string,
  { part, whole, least }: { readonly part: string; readonly whole: string; readonly least: number },
  period: Duration,
): IMetric {
  return new MathExpression({
    expression: `IF(${whole} >= ${least}, 100 * ${part} / ${whole}, 0)`,
    usingMetrics: { [part]: mailMetric(stage, part, period), [whole]: mailMetric(stage, whole, period) },
    label: `${part}, of a hundred`,
    period,
  });
}

/** Of a hundred recipients: */
export const mailRates = {
  /** of those about whom a server decided, who were refused for good, at once or by a report that came back; */
  bounces: { part: 'bounced', whole: 'decided', least: 100 },
  /** of the same, whose complaint came back; */
  complaints: { part: 'complained', whole: 'decided', least: 1_000 },
  /** of those who were tried, who have to be tried again. */
  deferrals: { part: 'deferred', whole: 'tried', least: 100 },
} as const;
