import type { Stack } from 'aws-cdk-lib';
import { AlarmStatusWidget, type Alarm, Dashboard, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

import type { FunctionName } from './bundles.ts';
import type { State } from './state-stack.ts';

/** One page: is anything wrong, does mail flow, what do the functions take. */
export function createDashboard(
  stack: Stack,
  state: State,
  functions: Partial<Readonly<Record<FunctionName, LambdaFunction>>>,
  alarms: readonly Alarm[],
): void {
  const lambdas = Object.values(functions);
  new Dashboard(stack, 'Dashboard', {
    dashboardName: stack.stackName,
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24 })],
      [
        new GraphWidget({
          title: 'Jobs',
          left: [state.jobs.metricNumberOfMessagesSent(), state.jobs.metricNumberOfMessagesDeleted()],
          right: [state.jobs.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM })],
        }),
        new GraphWidget({
          title: 'Waiting',
          left: [state.jobs, state.deadLetters].map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
        }),
        new GraphWidget({
          title: 'Table',
          left: [state.table.metricConsumedWriteCapacityUnits(), state.table.metricConsumedReadCapacityUnits()],
        }),
      ],
      [
        new GraphWidget({ title: 'Invocations', left: lambdas.map((lambda) => lambda.metricInvocations()) }),
        new GraphWidget({
          title: 'Errors and throttles',
          left: lambdas.flatMap((lambda) => [lambda.metricErrors(), lambda.metricThrottles()]),
        }),
        new GraphWidget({
          title: 'Duration, 95 of 100',
          left: lambdas.map((lambda) => lambda.metricDuration({ statistic: Stats.p(95) })),
        }),
      ],
    ],
  });
}
