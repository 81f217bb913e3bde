import type { environmentNames } from '../functions/config.ts';

/**
 * Settings of the product that a deployment hands on to its processes as they are, by their own names. The others are set by the
 * stacks, are secrets, name files, or have no effect on AWS.
 */
export const passedNames = [
  'POSTERN_DNS',
  'POSTERN_TLS_POLICY',
  'POSTERN_RETRY_SCHEDULE',
  'POSTERN_MAX_AGE',
  'POSTERN_SMTP_TIMEOUTS',
  'POSTERN_WORKER_CONCURRENCY',
  'POSTERN_CONNECTIONS_PER_HOST',
  'POSTERN_MESSAGES_PER_CONNECTION',
  'POSTERN_SHAPING',
  'POSTERN_SOURCE_ADDRESSES',
  'POSTERN_MAX_REQUEST_BYTES',
  'POSTERN_RETAIN_CONTENT',
] as const satisfies readonly (typeof environmentNames)[number][];

export type PassedName = (typeof passedNames)[number];

/** What was given of them; a process that does not take a value says so at its start. */
export type PassedSettings = Readonly<Partial<Record<PassedName, string>>>;

/** Lambda takes 4 KB of variables for a function, and ours are below half of it. */
export const mostPassedCharacters = 2_000;
