import { deliveryIdOf } from '../delivery-id.ts';
import type { Dsn } from './dsn.ts';
import { dueDsns } from './due-dsns.ts';
import type { Admission, Admissions } from '../ports/admissions.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content.ts';
import type { ComposeDsn, ComposedDsn } from '../ports/dsn-composer.ts';
import type { FoundEmail, Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';

export type SendDsnsPorts = {
  readonly ledger: Pick<Ledger, 'find'>;
  readonly admissions: Admissions;
  readonly contents: Pick<ContentStore, 'open'>;
  readonly composeDsn: ComposeDsn;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a notification is tried. */
  readonly maxAgeMs: number;
};

/**
 * Accepts the notifications that the email's `index`th delivery has brought about and that are not there yet. Each has an id
 * that follows from what it is about, and is one row that waits for its time, which is now: so whoever looks again finds it, and
 * whoever was stopped before it was written finds nothing and writes it. Rejects when a store is out of reach.
 */
export async function sendDsns({ email, deliveries }: FoundEmail, index: number, ports: SendDsnsPorts): Promise<void> {
  const delivery = deliveries[index];
  if (delivery === undefined) return;
  for (const dsn of dueDsns(email, delivery)) {
    if ((await ports.ledger.find(email.projectId, dsn.id)) !== null) continue;
    const composed = await ports.composeDsn(dsn, await ports.contents.open(email.id));
    await ports.admissions.admit([admissionOf(dsn, composed, ports)], [], ports.clock.now());
    ports.log.info('dsn_accepted', { email: dsn.id, about: delivery.id, kind: dsn.kind });
  }
}

// Without a reverse path nothing is ever reported about it, and it asks for nothing itself (RFC 3461 §6.1).
function admissionOf({ id, at, about, request }: Dsn, composed: ComposedDsn, { maxAgeMs }: SendDsnsPorts): Admission {
  const { projectId, test } = about;
  const { to } = request;
  return {
    email: {
      id,
      projectId,
      createdAt: at,
      messageId: composed.messageId,
      from: composed.fromText,
      subject: composed.subject,
      fromDomain: composed.from.domain,
      sender: null,
      scheduledAt: at,
      expiresAt: at + maxAgeMs,
      expiresAtGiven: false,
      tags: ['dsn'],
      metadata: {},
      tls: 'opportunistic',
      onInDoubt: 'retry',
      test,
      content: composed.facts,
      about: about.id,
    },
    deliveries: [
      {
        id: deliveryIdOf(id, 0),
        emailId: id,
        projectId,
        domain: to.domain,
        state: 'scheduled',
        version: 1,
        attempt: 0,
        claimedAt: null,
        dueAt: at,
        recipients: [
          { mailbox: to, kind: 'to', position: 0, status: 'open', updatedAt: at, bounce: null, attempts: [] },
        ],
      },
    ],
    content: composed.bytes,
  };
}
