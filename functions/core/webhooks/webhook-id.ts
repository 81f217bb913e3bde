import type { WebhookId } from '../ids.ts';
import type { Random } from '../ports/random.ts';
import { newTimeSortable, timeSortableForm } from '../time-sortable.ts';

const idPattern = new RegExp(`^wh_${timeSortableForm}$`);

/** A new webhook id: `wh_` and 36 characters that sort by the millisecond it was made in and cannot be guessed from another id. */
export function newWebhookId(nowMs: number, random: Random): WebhookId {
  return `wh_${newTimeSortable(nowMs, random)}` as WebhookId;
}

/** Reads a webhook id from outside; anything else is `null`. */
export function parseWebhookId(text: string): WebhookId | null {
  return idPattern.test(text) ? (text as WebhookId) : null;
}
