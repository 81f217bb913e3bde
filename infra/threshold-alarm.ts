import type { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** An alarm that goes off in the first period in which the metric is above the threshold; no value is nothing wrong. */
export function alarmAbove(
  stack: Stack,
  id: string,
  metric: IMetric,
  threshold: number,
  alarmDescription: string,
): Alarm {
  return new Alarm(stack, id, {
    metric,
    threshold,
    alarmDescription,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
