import type { DomainId } from '../ids.ts';
import type { Random } from '../ports/random.ts';
import { newTimeSortable, timeSortableForm } from '../time-sortable.ts';

const idPattern = new RegExp(`^dom_${timeSortableForm}$`);

/** A new domain id: `dom_` and 36 characters that sort by the millisecond it was made in and cannot be guessed from another id. */
export function newDomainId(nowMs: number, random: Random): DomainId {
  return `dom_${newTimeSortable(nowMs, random)}` as DomainId;
}

/** Reads a domain id from outside; anything else is `null`. */
export function parseDomainId(text: string): DomainId | null {
  return idPattern.test(text) ? (text as DomainId) : null;
}
