import type { Draft } from '../../core/draft.ts';
import { readDsn } from './dsn-request.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import type { FieldError } from '../problem.ts';
import { requestLimits } from '../request-limits.ts';
import type { SendRequest } from './send-schema.ts';

/** The fields of a request that say how an email is sent, whatever it says. */
export type OptionsRequest = Pick<
  SendRequest,
  'tags' | 'metadata' | 'scheduled_at' | 'expires_at' | 'tls' | 'on_suppressed' | 'on_in_doubt' | 'dsn' | 'test'
>;

/** How a draft is to be sent. */
export type Options = Pick<
  Draft,
  'tags' | 'metadata' | 'scheduledAt' | 'expiresAt' | 'tls' | 'onSuppressed' | 'onInDoubt' | 'dsn' | 'test'
>;

/** Where the fields of `dsn` stand in a request of JSON. */
export const dsnPlace = '/dsn/';

/** Reads the options of a request that has the right form; what is in `errors` may not be sent. Pure. */
export function readOptions(
  request: OptionsRequest,
  now: number,
  placeOfDsn: string = dsnPlace,
): { readonly options: Options; readonly errors: readonly FieldError[] } {
  const scheduledAt = timeOf(request.scheduled_at);
  const expiresAt = timeOf(request.expires_at);
  const { dsn, errors: dsnErrors } = readDsn(request.dsn, placeOfDsn);
  return {
    options: {
      tags: request.tags ?? [],
      metadata: request.metadata ?? {},
      scheduledAt,
      expiresAt,
      tls: request.tls ?? 'opportunistic',
      onSuppressed: request.on_suppressed ?? 'skip',
      onInDoubt: request.on_in_doubt ?? 'retry',
      dsn,
      test: request.test ?? false,
    },
    errors: [...labelErrors(request), ...timeErrors({ scheduledAt, expiresAt }, now), ...dsnErrors],
  };
}

function labelErrors(request: OptionsRequest): readonly FieldError[] {
  const tags = (request.tags ?? []).flatMap((tag, index) =>
    isPrintable(tag) ? [] : [refused(['tags', index], 'invalid_value', 'A tag is made of printable ASCII characters.')],
  );
  const keys = Object.keys(request.metadata ?? {});
  if (keys.length > requestLimits.metadataKeys) {
    return [...tags, refused(['metadata'], 'too_big', `metadata has at most ${requestLimits.metadataKeys} keys.`)];
  }
  const wrong = keys.filter((key) => key.length > requestLimits.metadataKeyCharacters || !isPrintable(key));
  const rule = `A key has 1 to ${requestLimits.metadataKeyCharacters} printable ASCII characters.`;
  return [...tags, ...wrong.map((key) => refused(['metadata', key], 'invalid_value', rule))];
}

/** Which of the times an email is given do not fit together or lie too far ahead. Milliseconds since 1970. */
export function timeErrors(
  { scheduledAt, expiresAt }: Pick<Draft, 'scheduledAt' | 'expiresAt'>,
  now: number,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (scheduledAt !== null && scheduledAt > now + requestLimits.scheduleAheadMs) {
    errors.push(refused(['scheduled_at'], 'too_big', 'scheduled_at is at most 30 days ahead.'));
  }
  const start = Math.max(now, scheduledAt ?? now);
  if (expiresAt !== null && expiresAt <= start) {
    errors.push(refused(['expires_at'], 'too_small', 'expires_at is after now and after scheduled_at.'));
  }
  if (expiresAt !== null && expiresAt > start + requestLimits.lifetimeMs) {
    errors.push(refused(['expires_at'], 'too_big', 'expires_at is at most 30 days after now, or after scheduled_at.'));
  }
  return errors;
}

function timeOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Date.parse(text);
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

function refused(path: readonly PropertyKey[], code: string, detail: string): FieldError {
  return { pointer: jsonPointer(path), code, detail };
}
