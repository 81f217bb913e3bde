import { Duration } from 'aws-cdk-lib';

/** Lambda's longest, for an SMTP session may take 14 minutes. A job is hidden for six times that, as Lambda advises. */
export const deliverLimits = {
  timeout: Duration.minutes(15),
  visibility: Duration.minutes(90),
  memoryMb: 512,
  /** So many jobs share connections; above 10, Lambda wants a window. */
  batchSize: 50,
  batchWindow: Duration.seconds(1),
} as const;

/** An HTTP API waits 30 seconds at most; the function says something before that. */
export const submitLimits = { timeout: Duration.seconds(29), memoryMb: 512 } as const;

/** A letter is a read, a write and an object at most, each tried again for some time. What has to come again does so in half an hour: an attempt under way is over then. */
export const buryLimits = {
  timeout: Duration.minutes(5),
  visibility: Duration.minutes(30),
  memoryMb: 512,
  batchSize: 10,
  /** The least that there is: bugs need no hurry, and mail needs the account's concurrency. */
  maxConcurrency: 2,
} as const;

/** Shorter than the minute between two runs would leave work undone in bad times; two that overlap do no harm. */
export const sweepLimits = { timeout: Duration.minutes(2), interval: Duration.minutes(1), memoryMb: 512 } as const;
