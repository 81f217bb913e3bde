import type { Delivery, Email } from '../core/email.ts';
import type { EmailId, ProjectId } from '../core/ids.ts';
import type { FoundEmail } from '../core/ports/ledger.ts';
import { deliveryColumns, deliveryOf, type DeliveryRow, emailOf } from './sqlite-records.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** An email of the project with its deliveries. */
export function findEmail(store: SqliteStore, projectId: ProjectId, id: EmailId): FoundEmail | null {
  const found = store.statement('SELECT record FROM email WHERE id = ? AND project_id = ?').get(id, projectId) as
    | { record: string }
    | undefined;
  if (found === undefined) return null;
  const email = emailOf(found.record);
  return { email, deliveries: deliveriesOf(store, email) };
}

/** The deliveries of an email, in order. */
export function deliveriesOf(store: SqliteStore, email: Email): Delivery[] {
  const rows = store
    .statement(`SELECT ${deliveryColumns} FROM delivery WHERE email_id = ? ORDER BY position`)
    .all(email.id) as DeliveryRow[];
  return rows.map((row) => deliveryOf(row, email));
}
