import type { Log } from '../../functions/core/ports/log.ts';

/** A log that keeps nothing, for tests that ask about something else. */
export const quietLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
