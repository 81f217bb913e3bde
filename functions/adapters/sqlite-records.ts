import type { Delivery, Email, Recipient } from '../core/email.ts';
import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** A row of `delivery`, and the record of its email where the two were joined. */
export type DeliveryRow = {
  readonly position: number;
  readonly domain: string;
  readonly state: Delivery['state'];
  readonly version: number;
  readonly attempt: number;
  readonly claimed_at: number | null;
  readonly due_at: number | null;
  readonly recipients: string;
};

/** The columns of a `DeliveryRow`, for a SELECT. */
export const deliveryColumns = 'position, domain, state, version, attempt, claimed_at, due_at, recipients';

/** The email as `insertEmail` has written it. */
export function emailOf(record: string): Email {
  return JSON.parse(record) as Email;
}

/** The delivery of a row, with what it shares with its email. */
export function deliveryOf(row: DeliveryRow, email: Email): Delivery {
  return {
    id: deliveryIdOf(email.id, row.position),
    emailId: email.id,
    projectId: email.projectId,
    domain: row.domain,
    state: row.state,
    version: row.version,
    attempt: row.attempt,
    claimedAt: row.claimed_at,
    dueAt: row.due_at,
    recipients: JSON.parse(row.recipients) as readonly Recipient[],
    ...(email.dsn && { notify: email.dsn.notify }),
  };
}

/** Writes an email and its deliveries inside a `write`; the order of the deliveries is kept. */
export function insertEmail(store: SqliteStore, email: Email, deliveries: readonly Delivery[]): void {
  store
    .statement('INSERT INTO email (id, project_id, record) VALUES (?, ?, ?)')
    .run(email.id, email.projectId, JSON.stringify(email));
  const insert = store.statement(
    `INSERT INTO delivery (email_id, position, domain, state, version, attempt, claimed_at, due_at, recipients)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const delivery of deliveries) {
    const { domain, state, version, attempt, claimedAt, dueAt } = delivery;
    const { emailId, index } = partsOfDeliveryId(delivery.id);
    insert.run(emailId, index, domain, state, version, attempt, claimedAt, dueAt, JSON.stringify(delivery.recipients));
  }
}
