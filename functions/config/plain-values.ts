import { durationForm, parseDuration } from '../core/duration.ts';
import { type Environment, refuse, valueOf } from './environment.ts';

/** A whole number within bounds. */
export function readInteger(
  environment: Environment,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const value = valueOf(environment, name);
  if (value === null) return otherwise;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? number : refuse(name, value, `a whole number from ${least} to ${most}`);
}

/** `true` or `false`. */
export function readBoolean(environment: Environment, name: string, otherwise: boolean): boolean {
  const value = valueOf(environment, name);
  if (value === null) return otherwise;
  if (value === 'true') return true;
  return value === 'false' ? false : refuse(name, value, 'true or false');
}

/** One of a few words. */
export function readWord<const Word extends string>(
  environment: Environment,
  name: string,
  otherwise: Word,
  words: readonly Word[],
): Word {
  const value = valueOf(environment, name);
  if (value === null) return otherwise;
  return words.find((word) => word === value) ?? refuse(name, value, `one of ${words.join(', ')}`);
}

/** A duration above zero, in milliseconds. */
export function readDuration(environment: Environment, name: string, otherwiseMs: number): number {
  const value = valueOf(environment, name);
  if (value === null) return otherwiseMs;
  const ms = parseDuration(value);
  return ms !== null && ms > 0 ? ms : refuse(name, value, `${durationForm}, above zero`);
}
