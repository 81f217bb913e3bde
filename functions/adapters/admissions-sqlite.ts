import type { Admission, Admissions } from '../core/ports/admissions.ts';
import { emailEvents } from '../core/events/project-event.ts';
import { insertContent } from './sqlite-content.ts';
import { insertJob } from './sqlite-jobs.ts';
import { findKeptAnswer, insertKeptAnswer } from './sqlite-kept-answers.ts';
import { oweDsns } from './sqlite-owed-dsns.ts';
import { oweEvents } from './sqlite-owed-events.ts';
import { insertEmail } from './sqlite-records.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Admission on the embedded store: one transaction for rows, content, jobs, kept answers, and what webhooks and senders are owed. */
export function createSqliteAdmissions(store: SqliteStore): Admissions {
  return {
    admit: (admissions, answers, now) =>
      store.write(() => {
        for (const { request } of answers) {
          const kept = findKeptAnswer(store, request, now);
          if (kept !== null) return { kind: 'taken', request, kept };
        }
        for (const admission of admissions) insertAdmission(store, admission);
        for (const answer of answers) insertKeptAnswer(store, answer, now);
        return { kind: 'admitted' };
      }),
  };
}

// Worker and store are one process: a job only points to the content, for nothing is gained by carrying it.
function insertAdmission(store: SqliteStore, { email, deliveries, content }: Admission): void {
  insertEmail(store, email, deliveries);
  insertContent(store, email.id, content);
  oweEvents(store, email.projectId, () => emailEvents(email, [], deliveries));
  oweDsns(store, deliveries);
  for (const delivery of deliveries) {
    if (delivery.state !== 'queued') continue;
    const { id: emailId, projectId } = email;
    insertJob(store, { version: 1, deliveryId: delivery.id, emailId, projectId, content: { kind: 'stored' } });
  }
}
