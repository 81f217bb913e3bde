import { Duration, type Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  type Alarm,
  Dashboard,
  GraphWidget,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

import type { ApiMetrics } from './api-metrics.ts';
import type { FunctionName } from './bundles.ts';
import { mailMetric, mailRate, mailRates } from './mail-metrics.ts';
import type { State } from './state-stack.ts';

type Functions = Partial<Readonly<Record<FunctionName, LambdaFunction>>>;

/** What there is to look at. */
export type Watched = {
  readonly stage: string;
  readonly state: State;
  readonly functions: Functions;
  readonly api: ApiMetrics;
};

const minutes = Duration.minutes(5);
const hour = Duration.hours(1);
const outcomes = ['delivered', 'relayed', 'deferred', 'bounced', 'in_doubt'];
const ends = ['expired', 'failed', 'suppressed', 'unknown'];
const providers = ['google', 'microsoft', 'yahoo', 'apple', 'other'];

/** One page: is anything wrong, what becomes of mail, does it flow, what do clients see, what do the functions take. */
export function createDashboard(stack: Stack, watched: Watched, alarms: readonly Alarm[]): void {
  new Dashboard(stack, 'Dashboard', {
    dashboardName: stack.stackName,
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24 })],
      mailWidgets(watched),
      [...providerWidgets(watched.functions), waitingWidget(watched)],
      apiWidgets(watched.api),
      queueWidgets(watched.state),
      functionWidgets(watched.functions),
    ],
  });
}

function mailWidgets({ stage }: Watched): IWidget[] {
  return [
    new GraphWidget({
      title: 'Outcomes of attempts, in recipients',
      left: outcomes.map((name) => mailMetric(stage, name, minutes)),
      stacked: true,
    }),
    new GraphWidget({ title: 'Other ends, in recipients', left: ends.map((name) => mailMetric(stage, name, minutes)) }),
    new GraphWidget({
      title: 'Of a hundred, in an hour',
      left: [mailRates.bounces, mailRates.deferrals].map((rate) => mailRate(stage, rate, hour)),
    }),
  ];
}

// Providers are no metrics, but stand in the line of each batch.
function providerWidgets({ deliver }: Functions): IWidget[] {
  if (deliver === undefined) return [];
  const columns = providers.flatMap((provider) =>
    ['delivered', 'deferred', 'bounced'].map((outcome) => `sum(${provider}_${outcome}) as ${provider}_${outcome}s`),
  );
  const logGroupNames = [deliver.logGroup.logGroupName];
  const queryLines = ['filter event = "batch"', `stats ${columns.join(', ')} by bin(1h)`];
  const view = LogQueryVisualizationType.TABLE;
  return [new LogQueryWidget({ title: 'By provider, in an hour', logGroupNames, queryLines, view, width: 16 })];
}

function waitingWidget({ stage }: Watched): IWidget {
  return new GraphWidget({
    title: 'Due mail',
    left: ['released', 'held_back', 'ended'].map((name) => mailMetric(stage, name, minutes)),
    right: [mailMetric(stage, 'oldest_due_seconds', minutes, Stats.MAXIMUM)],
    width: 8,
  });
}

function apiWidgets(api: ApiMetrics): IWidget[] {
  return [
    new GraphWidget({ title: 'Requests', left: [api.requests(minutes)] }),
    new GraphWidget({ title: 'API: 4xx and 5xx', left: [api.clientErrors(minutes), api.serverErrors(minutes)] }),
    new GraphWidget({ title: 'API: milliseconds', left: [50, 95, 99].map((part) => api.latency(minutes, part)) }),
  ];
}

function queueWidgets({ jobs, deadLetters, table }: State): IWidget[] {
  return [
    new GraphWidget({
      title: 'Jobs',
      left: [jobs.metricNumberOfMessagesSent(), jobs.metricNumberOfMessagesDeleted()],
      right: [jobs.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM })],
    }),
    new GraphWidget({
      title: 'Waiting',
      left: [jobs, deadLetters].map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
    }),
    new GraphWidget({
      title: 'Table',
      left: [table.metricConsumedWriteCapacityUnits(), table.metricConsumedReadCapacityUnits()],
    }),
  ];
}

function functionWidgets(functions: Functions): IWidget[] {
  const lambdas = Object.values(functions);
  return [
    new GraphWidget({ title: 'Invocations', left: lambdas.map((lambda) => lambda.metricInvocations()) }),
    new GraphWidget({
      title: 'Errors and throttles',
      left: lambdas.flatMap((lambda) => [lambda.metricErrors(), lambda.metricThrottles()]),
    }),
    new GraphWidget({
      title: 'Duration, 95 of 100',
      left: lambdas.map((lambda) => lambda.metricDuration({ statistic: Stats.p(95) })),
    }),
  ];
}
