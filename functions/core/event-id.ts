import { hash } from 'node:crypto';

import type { EventId } from './ids.ts';
import type { Random } from './ports/random.ts';
import { leastTimeSortable, newTimeSortable, timeSortable, timeSortableForm } from './time-sortable.ts';

const idPattern = new RegExp(`^evt_${timeSortableForm}$`);
const digestBytes = 16;

/** The id of what happened at `at` (milliseconds) and is told apart by `what`: the same whenever it is derived again. */
export function derivedEventId(at: number, what: readonly (string | number)[]): EventId {
  const digest = hash('sha256', JSON.stringify(what), 'buffer');
  return `evt_${timeSortable(at, digest.subarray(0, digestBytes))}` as EventId;
}

/** A new event id for what nothing on record stands for. */
export function newEventId(nowMs: number, random: Random): EventId {
  return `evt_${newTimeSortable(nowMs, random)}` as EventId;
}

/** The id that sorts before those of all events of `nowMs` or later. */
export function leastEventIdAt(nowMs: number): EventId {
  return `evt_${leastTimeSortable(nowMs)}` as EventId;
}

/** Reads an event id from outside; anything else is `null`. */
export function parseEventId(text: string): EventId | null {
  return idPattern.test(text) ? (text as EventId) : null;
}
