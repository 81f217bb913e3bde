import { Duration, type Stack } from 'aws-cdk-lib';
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch';

import type { ApiMetrics } from './api-metrics.ts';
import { mailMetric, mailRate, mailRates } from './mail-metrics.ts';
import { alarmAbove } from './threshold-alarm.ts';

const minutes = Duration.minutes(5);
/** Long enough for a rate to mean something, and for a sender's reputation not to be gone yet. */
const hour = Duration.hours(1);
/** Complaints come when mail is read. */
const day = Duration.days(1);

/** A sweep a minute: what has been due for so long, several of them did not move. */
const oldestDueSeconds = 15 * 60;
/** Where large providers and senders' services begin to ask questions; lists in good order stay below two. */
const bouncesOfHundred = 5;
/** Google and Yahoo ask senders to stay below a tenth, and stop counting them as in good order at three tenths. */
const complaintsOfHundred = 0.3;
/** Greylisting defers a few first attempts; that much is a block, a limit, or a host that is down. */
const deferralsOfHundred = 30;
/** One answer of this kind is retried by its client; several are seen by people. */
const serverErrors = 4;

/** Alarms about what becomes of mail, from the measures of the functions, and about what clients of the API see. */
export function createMailAlarms(stack: Stack, stage: string, api: ApiMetrics): readonly Alarm[] {
  return [
    alarmAbove(
      stack,
      'OldestDueAlarm',
      mailMetric(stage, 'oldest_due_seconds', minutes, Stats.MAXIMUM),
      oldestDueSeconds,
      'Mail whose time has come waits for the sweep.',
    ),
    alarmAbove(
      stack,
      'BounceRateAlarm',
      mailRate(stage, mailRates.bounces, hour),
      bouncesOfHundred,
      'Much mail is refused for good: an old list, or a sender that is blocked.',
    ),
    alarmAbove(
      stack,
      'ComplaintRateAlarm',
      mailRate(stage, mailRates.complaints, day),
      complaintsOfHundred,
      'Readers call the mail spam: who never asked for it, or cannot find the way out.',
    ),
    alarmAbove(
      stack,
      'DeferralRateAlarm',
      mailRate(stage, mailRates.deferrals, hour),
      deferralsOfHundred,
      'Much mail has to be tried again: a provider that limits or blocks us, or a smarthost that is down.',
    ),
    alarmAbove(
      stack,
      'ApiServerErrorsAlarm',
      api.serverErrors(minutes),
      serverErrors,
      'The API answered 5xx: nothing was accepted with these.',
    ),
  ];
}
