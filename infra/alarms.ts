import { Duration, type Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';

import type { Watched } from './dashboard.ts';
import { createMailAlarms } from './mail-alarms.ts';
import { alarmAbove } from './threshold-alarm.ts';
import type { State } from './state-stack.ts';

const period = Duration.minutes(5);
/** Mail that is deferred waits in the table, so what waits in the queue has no worker. */
const oldestJobSeconds = 15 * 60;

/** One alarm for each thing that a person has to look at; with an address, they are told by e-mail. */
export function createAlarms(
  stack: Stack,
  { stage, state, functions, api }: Watched,
  email: string | null,
): readonly Alarm[] {
  const alarms = [
    alarmAbove(
      stack,
      'DeadLettersAlarm',
      deadLettersSeen(state),
      0,
      'Jobs were set aside: a bug of ours, or what is no job. The log of bury tells which, and why.',
    ),
    ...(['notifications', 'returned'] as const).flatMap((name) => lostAlarm(stack, state, name)),
    alarmAbove(
      stack,
      'OldestJobAlarm',
      state.jobs.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
      oldestJobSeconds,
      'Mail waits for a worker.',
    ),
    ...Object.entries(functions).flatMap(([name, lambda]) => [
      alarmAbove(stack, `${name}ErrorsAlarm`, lambda.metricErrors({ period }), 0, `${name} threw, or ran out of time.`),
      alarmAbove(
        stack,
        `${name}ThrottlesAlarm`,
        lambda.metricThrottles({ period }),
        0,
        `${name} was refused concurrency.`,
      ),
    ]),
    ...(functions.sweep === undefined ? [] : [silent(stack, functions.sweep)]),
    ...createMailAlarms(stack, stage, api),
  ];
  if (email !== null) tell(stack, alarms, email);
  return alarms;
}

// A letter is gone from the queue within seconds, so what counts is that one was received; or waits, and nobody receives it.
function deadLettersSeen({ deadLetters }: State): IMetric {
  return new MathExpression({
    label: 'Dead letters',
    expression: 'MAX(METRICS())',
    usingMetrics: {
      received: deadLetters.metricNumberOfMessagesReceived({ period, statistic: Stats.SUM }),
      waiting: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    },
    period,
  });
}

// Nobody receives from these queues, so what was given up waits in them.
function lostAlarm(stack: Stack, state: State, name: 'notifications' | 'returned'): readonly Alarm[] {
  const lost = state[name]?.deadLetterQueue?.queue;
  if (lost === undefined) return [];
  const metric = lost.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });
  const { id, what } = {
    notifications: { id: 'LostNotificationsAlarm', what: 'What endpoints and senders are owed could not be looked at' },
    returned: { id: 'LostReturnedMailAlarm', what: 'Mail that came back could not be taken in' },
  }[name];
  return [alarmAbove(stack, id, metric, 0, `${what}, ten times. The log of the function tells why.`)];
}

// A function that does not run has no metric at all.
function silent(stack: Stack, sweep: LambdaFunction): Alarm {
  return new Alarm(stack, 'SweepSilentAlarm', {
    metric: sweep.metricInvocations({ period }),
    threshold: 1,
    alarmDescription: 'The sweep has not run for five minutes: nothing that waits is sent.',
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

// Not encrypted with a key: CloudWatch cannot publish under SNS's own, and an alarm names no mail.
function tell(stack: Stack, alarms: readonly Alarm[], email: string): void {
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true });
  topic.addSubscription(new EmailSubscription(email));
  for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(topic));
}
