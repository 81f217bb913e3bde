import { parseEmailId } from './ids.ts';
import type { Job } from './ports/queue.ts';

/** What a body on a queue says apart from the content, or why it cannot be read. `fields` is all that the body has. */
export type ReadJob =
  | {
      readonly kind: 'job';
      readonly names: Pick<Job, 'version' | 'deliveryId' | 'emailId' | 'projectId'>;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'malformed'; readonly why: string };

/** What follows the email's id (core/delivery-id.ts). */
const deliveryIdForm = /^\.\d{1,2}$/;

/** Reads a job's body that an older or newer version of the program, or a hand, may have written. Never throws. */
export function readJob(body: string): ReadJob {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return malformed('The body of the job is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null) return malformed('The body of the job is not a JSON object.');
  const fields = parsed as Readonly<Record<string, unknown>>;
  const { version, deliveryId, emailId, projectId } = fields;
  // The reason is logged, so only a number is shown: anything else may be somebody's mail.
  if (typeof version !== 'number') return malformed('The job has no version.');
  if (version !== 1) return malformed(`The version of the job is ${version}, not 1.`);
  const parsedEmailId = typeof emailId === 'string' ? parseEmailId(emailId) : null;
  if (parsedEmailId === null || typeof deliveryId !== 'string' || typeof projectId !== 'string') {
    return malformed('The job does not name its delivery, its email and its project.');
  }
  if (!isDeliveryOf(parsedEmailId, deliveryId)) {
    return malformed('The job names a delivery of another email.');
  }
  const names = {
    version,
    deliveryId: deliveryId as Job['deliveryId'],
    emailId: parsedEmailId,
    projectId: projectId as Job['projectId'],
  } as const;
  return { kind: 'job', names, fields };
}

function isDeliveryOf(emailId: string, deliveryId: string): boolean {
  return deliveryId.startsWith(emailId) && deliveryIdForm.test(deliveryId.slice(emailId.length));
}

function malformed(why: string): ReadJob {
  return { kind: 'malformed', why };
}
