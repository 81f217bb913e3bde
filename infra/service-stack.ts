import { Stack } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

import { createAlarms } from './alarms.ts';
import type { Bundles, FunctionName } from './bundles.ts';
import { createDashboard } from './dashboard.ts';
import { createFront } from './front.ts';
import { buryLimits, deliverLimits, submitLimits, sweepLimits } from './function-limits.ts';
import { createNetwork } from './network.ts';
import { bindNotify, notifyLimits } from './notify.ts';
import { createPollerRights } from './poller.ts';
import { bindBury, bindDeliver, bindSubmit, bindSweep, type WayOut } from './processes.ts';
import { bindIntake, intakeLimits } from './returned-mail.ts';
import type { Settings } from './settings.ts';
import type { State } from './state-stack.ts';
import { createFunction, type FunctionProps } from './worker.ts';

type Parts = { readonly stack: Stack; readonly state: State; readonly settings: Settings; readonly bundles: Bundles };
type Made = ReturnType<typeof createFunction>;

/** The stateless stack: everything in it can be made again from the code and the state. */
export function createServiceStack(scope: Construct, state: State, settings: Settings, bundles: Bundles): Stack {
  const { stage } = settings;
  const stack = new Stack(scope, `postern-${stage}`, {
    description: `Postern (${stage}): API, worker, sweep, webhooks`,
  });
  const parts = { stack, state, settings, bundles };
  const way = wayOut(stack, settings, state);
  const submit = makeFunction(parts, 'submit', 'HTTP to queue', submitLimits, null);
  bindSubmit(submit, state, way, settings);
  const api = createFront(stack, submit.lambda, settings.front, settings.logRetention);
  const sweep = createSweep(parts, way);
  const deliver = createDeliver(parts, way);
  const functions = {
    notify: createNotify(parts, way).lambda,
    submit: submit.lambda,
    sweep: sweep.lambda,
    bury: createBury(parts, way).lambda,
    ...createIntake(parts, way),
    ...(deliver && { deliver: deliver.lambda }),
  };
  const watched = { stage, state, functions, api };
  createDashboard(stack, watched, createAlarms(stack, watched, settings.alarmEmail));
  return stack;
}

function wayOut(stack: Stack, settings: Settings, { eventTargets }: State): WayOut {
  const { stage, route, inboundDomain, passed, tlsReportFrom, deliveryLog } = settings;
  const smarthost =
    route.kind === 'smarthost' ? Secret.fromSecretCompleteArn(stack, 'Smarthost', route.secretArn) : null;
  return { stage, route, inboundDomain, passed, smarthost, tlsReportFrom, deliveryLog, eventTargets };
}

function makeFunction(
  { stack, settings, bundles }: Parts,
  name: FunctionName,
  description: string,
  limits: Pick<FunctionProps, 'timeout' | 'memoryMb'>,
  vpc: Vpc | null,
): Made {
  const { timeout, memoryMb } = limits;
  const { logRetention } = settings;
  return createFunction(stack, { name, bundle: bundles[name], description, timeout, memoryMb, logRetention, vpc });
}

// A run that fails is not tried again: the next minute's does its work.
function createSweep(parts: Parts, way: WayOut): Made {
  const sweep = makeFunction(parts, 'sweep', 'What is due, back to the queue', sweepLimits, null);
  bindSweep(sweep, parts.state, way, parts.settings);
  sweep.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: sweepLimits.interval });
  new Rule(parts.stack, 'EveryMinute', {
    schedule: Schedule.rate(sweepLimits.interval),
    targets: [new LambdaTarget(sweep.lambda, { retryAttempts: 0 })],
  });
  return sweep;
}

function createBury(parts: Parts, way: WayOut): Made {
  const { deadLetters } = parts.state;
  const bury = makeFunction(parts, 'bury', 'Dead letters: an end on record', buryLimits, null);
  bindBury(bury, parts.state, way);
  bury.lambda.addEventSource(
    new SqsEventSource(deadLetters, {
      batchSize: buryLimits.batchSize,
      reportBatchItemFailures: true,
      maxConcurrency: buryLimits.maxConcurrency,
    }),
  );
  return bury;
}

function createNotify(parts: Parts, way: WayOut): Made {
  const notify = makeFunction(parts, 'notify', 'Events to webhooks', notifyLimits, null);
  bindNotify(notify, parts.state, way);
  const { batchSize } = notifyLimits;
  notify.lambda.addEventSource(
    new SqsEventSource(parts.state.notifications, { batchSize, reportBatchItemFailures: true }),
  );
  return notify;
}

function createIntake(parts: Parts, way: WayOut): { readonly intake?: Made['lambda'] } {
  const { returned } = parts.state;
  if (returned === null) return {};
  const intake = makeFunction(parts, 'intake', 'Mail that came back', intakeLimits, null);
  bindIntake(intake, parts.state, way);
  const { batchSize, maxConcurrency } = intakeLimits;
  intake.lambda.addEventSource(
    new SqsEventSource(returned, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
  );
  return { intake: intake.lambda };
}

function createDeliver(parts: Parts, way: WayOut): Made | null {
  const { stack, state, settings } = parts;
  const { route } = way;
  if (route.kind === 'mx' && route.egress === 'poller') {
    createPollerRights(stack, state, way);
    return null;
  }
  const vpc =
    route.kind === 'mx' && route.egress !== 'poller' ? createNetwork(stack, route.egress, settings.keepsState) : null;
  const deliver = makeFunction(parts, 'deliver', 'Queue to SMTP', deliverLimits, vpc);
  bindDeliver(deliver, state, way);
  deliver.lambda.addEventSource(
    new SqsEventSource(state.jobs, {
      batchSize: deliverLimits.batchSize,
      maxBatchingWindow: deliverLimits.batchWindow,
      reportBatchItemFailures: true,
      maxConcurrency: settings.maxConcurrency,
    }),
  );
  return deliver;
}
