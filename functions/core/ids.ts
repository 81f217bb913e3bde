import { ofBase32 } from './base32.ts';
import type { Brand } from './brand.ts';
import type { Random } from './ports/random.ts';
import { leastTimeSortable, newTimeSortable, timeSortableForm } from './time-sortable.ts';

export type EmailId = Brand<string, 'EmailId'>;
export type DeliveryId = Brand<string, 'DeliveryId'>;
export type ProjectId = Brand<string, 'ProjectId'>;
export type KeyId = Brand<string, 'KeyId'>;
export type DomainId = Brand<string, 'DomainId'>;
export type EventId = Brand<string, 'EventId'>;
export type WebhookId = Brand<string, 'WebhookId'>;

const idPattern = new RegExp(`^em_${timeSortableForm}$`);

/** A new email id: `em_` and 36 characters that sort by the millisecond it was made in and cannot be guessed from another id. */
export function newEmailId(nowMs: number, random: Random): EmailId {
  return `em_${newTimeSortable(nowMs, random)}` as EmailId;
}

/** The id that sorts before those of all emails made at `nowMs` or later. */
export function leastEmailIdAt(nowMs: number): EmailId {
  return `em_${leastTimeSortable(nowMs)}` as EmailId;
}

/** When an email was made, by its id. */
export function timeOfEmailId(id: EmailId): number {
  // The first 11 characters hold the time behind four bits that are 0, and three bits of what follows it.
  return Math.floor(ofBase32(id.slice('em_'.length, 'em_'.length + 11)) / 8);
}

/** Reads an email id from outside; anything else is `null`. */
export function parseEmailId(text: string): EmailId | null {
  return idPattern.test(text) ? (text as EmailId) : null;
}
