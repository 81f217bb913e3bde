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

/** Of a hundred recipients about whom a server decided, those who were refused for good, at once or by a report that came back. */
export const bounceRate = { part: 'bounced', whole: 'decided', least: 100 } as const;
/** Of a hundred recipients about whom a server decided, those whose complaint came back. */
export const complaintRate = { part: 'complained', whole: 'decided', least: 1_000 } as const;
/** Of a hundred recipients who were tried, those who have to be tried again. */
export const deferralRate = { part: 'deferred', whole: 'tried', least: 100 } as const;
