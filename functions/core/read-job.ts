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
  if (version !== 1) return malformed(`The version of the job is ${JSON.stringify(version)}, not 1.`);
  const parsedEmailId = typeof emailId === 'string' ? parseEmailId(emailId) : null;
  if (typeof deliveryId !== 'string' || typeof projectId !== 'string' || parsedEmailId === null) {
    return malformed('The job does not name its delivery, its email and its project.');
  }
  const names = {
    version,
    deliveryId: deliveryId as Job['deliveryId'],
    emailId: parsedEmailId,
    projectId: projectId as Job['projectId'],
  } as const;
  return { kind: 'job', names, fields };
}

function malformed(why: string): ReadJob {
  return { kind: 'malformed', why };
}
