import { createHmac, timingSafeEqual } from 'node:crypto';

import { base32Alphabet, inBase32, ofBase32 } from '../core/base32.ts';
import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import { type EmailId, parseEmailId, type ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Mailbox } from '../core/mailbox.ts';
import type { ReturnPathBearer, ReturnPaths } from '../core/ports/return-paths.ts';

const prefix = 'bounce+';
const idCharacters = 36;
/** 6 bits of the delivery's place in its email, 6 of the recipient's, 12 of the day, 1 that is 0. */
const factCharacters = 5;
/** 80 bits: forging one takes as many mails as it takes to guess it, for nothing tells a near miss. */
const macCharacters = 16;
const form = new RegExp(
  `^bounce\\+([${base32Alphabet}]{${idCharacters}})([${base32Alphabet}]{${factCharacters}})([${base32Alphabet}]{${macCharacters}})$`,
);

/** Recipients have places 0 to 49. */
const wholeDelivery = 63;
const dayMs = 86_400_000;
const daysInToken = 4_096;
/** Clocks of two machines may stand on either side of midnight. */
const daysAhead = 1;

type Facts = { readonly index: number; readonly position: number; readonly day: number };

/**
 * Return paths `bounce+<token>@<domain>`, 64 octets before the `@`, as many as there may be (RFC 5321 §4.5.3.1.1).
 *
 * A token is the email's id without its prefix, the places of delivery and recipient, the day of the attempt, and 80 bits of an
 * HMAC-SHA-256 over these, the whole day, the domain and the project. So it says nothing that the mail does not say, fits no
 * other project, and the number of the day, which comes round every 11 years, cannot be used a second time. The first of `keys`
 * signs, all are taken.
 */
export function createReturnPaths(domain: string, keys: readonly [Uint8Array, ...Uint8Array[]]): ReturnPaths {
  const claimOf = (address: string) => readClaim(address, domain);
  return {
    addressFor({ projectId, deliveryId, position }, now) {
      const { emailId, index } = partsOfDeliveryId(deliveryId);
      const day = Math.floor(now / dayMs);
      const facts = packed({ index, position: position ?? wholeDelivery, day: day % daysInToken });
      const claim = `${emailId.slice('em_'.length)}${facts}`;
      const local = `${prefix}${claim}${macOf(keys[0], { claim, day, domain, projectId })}`;
      return { local, domain } as Mailbox;
    },
    claimedBy: (address) => claimOf(address)?.emailId ?? null,
    verified(address, projects, now) {
      const claimed = claimOf(address);
      const day = claimed === null ? null : wholeDay(claimed.facts.day, now);
      if (claimed === null || day === null) return null;
      const { claim, mac, emailId, facts } = claimed;
      const projectId = projects.find((project) =>
        keys.some((key) => isSame(mac, macOf(key, { claim, day, domain, projectId: project }))),
      );
      return projectId === undefined ? null : bearerOf(projectId, emailId, facts);
    },
  };
}

function readClaim(
  address: string,
  domain: string,
): { readonly claim: string; readonly mac: string; readonly emailId: EmailId; readonly facts: Facts } | null {
  const lower = address.toLowerCase();
  const at = lower.lastIndexOf('@');
  const [, id = '', facts = '', mac = ''] = form.exec(lower.slice(0, Math.max(at, 0))) ?? [];
  const emailId = parseEmailId(`em_${id}`);
  return emailId === null || lower.slice(at + 1) !== domain
    ? null
    : { claim: id + facts, mac, emailId, facts: unpacked(facts) };
}

function bearerOf(projectId: ProjectId, emailId: EmailId, { index, position }: Facts): ReturnPathBearer {
  return {
    projectId,
    deliveryId: deliveryIdOf(emailId, index),
    position: position === wholeDelivery ? null : position,
  };
}

// The only day with this number that is not too long ago; `null` when there is none.
function wholeDay(numberOfDay: number, now: number): number | null {
  const latest = Math.floor(now / dayMs) + daysAhead;
  const age = (((latest - numberOfDay) % daysInToken) + daysInToken) % daysInToken;
  return age <= limits.returnPathDays + daysAhead ? latest - age : null;
}

function macOf(
  key: Uint8Array,
  {
    claim,
    day,
    domain,
    projectId,
  }: { readonly claim: string; readonly day: number; readonly domain: string; readonly projectId: ProjectId },
): string {
  const digest = createHmac('sha256', key)
    .update(JSON.stringify([claim, day, domain, projectId]))
    .digest();
  return inBase32(digest.readUIntBE(0, 5), 8) + inBase32(digest.readUIntBE(5, 5), 8);
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function packed({ index, position, day }: Facts): string {
  return inBase32((index * 64 + position) * daysInToken + day, factCharacters);
}

function unpacked(text: string): Facts {
  const value = ofBase32(text);
  const places = Math.floor(value / daysInToken);
  return { index: Math.floor(places / 64), position: places % 64, day: value % daysInToken };
}
