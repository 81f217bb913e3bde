import type { Delivery } from '../email.ts';
import { mxGroupOf } from './mx-group.ts';
import { openRecipients } from '../settle.ts';

/** How many deliveries of one group may go on: so many a second, and so many at once after a while without any. */
export type ReleaseRate = { readonly perSecond: number; readonly burst: number };

/** What a group has left at a time, and how many have been put off in the run of that time. */
export type ReleaseStanding = { readonly left: number; readonly putOff: number; readonly asOf: number };

/**
 * Whom a delivery would burden when it is tried again: the group of the host that its last attempt met, and the recipients'
 * domain when none was met. Pure.
 */
export function releaseGroup(delivery: Delivery): string {
  const host = openRecipients(delivery).flatMap(({ attempts }) => attempts.at(-1)?.host ?? [])[0];
  return host === undefined ? delivery.domain : mxGroupOf(host);
}

/**
 * Whether one more delivery of a group goes on in the run that began at `now`, or when it should come again; and how the
 * group stands then. What is put off is spread over the time in which there will be room, so that each is put off about once
 * however many wait. Pure.
 */
export function release(
  standing: ReleaseStanding | undefined,
  now: number,
  rate: ReleaseRate,
): { readonly standing: ReleaseStanding; readonly at: number } {
  const { left, putOff } = standingAt(standing, now, rate);
  if (left >= 1) return { standing: { left: left - 1, putOff, asOf: now }, at: now };
  const waitMs = Math.ceil(((putOff + 1) * 1_000) / rate.perSecond);
  return { standing: { left, putOff: putOff + 1, asOf: now }, at: now + waitMs };
}

function standingAt(standing: ReleaseStanding | undefined, now: number, rate: ReleaseRate): ReleaseStanding {
  if (standing === undefined) return { left: rate.burst, putOff: 0, asOf: now };
  if (standing.asOf === now) return standing;
  const gained = (Math.max(0, now - standing.asOf) / 1_000) * rate.perSecond;
  return { left: Math.min(rate.burst, standing.left + gained), putOff: 0, asOf: now };
}
