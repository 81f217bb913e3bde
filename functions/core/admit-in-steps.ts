import type { Admission, Admissions } from './ports/admissions.ts';
import type { AdmissionPlan, AdmissionRows } from './ports/admission-rows.ts';
import type { ContentStore } from './ports/content.ts';
import type { Job, Queue } from './ports/queue.ts';

export type AdmitInStepsPorts = {
  readonly rows: AdmissionRows;
  readonly queue: Pick<Queue, 'send'>;
  readonly contents: ContentStore;
  /** Whether a job can carry this content. */
  readonly fitsInJob: (content: Uint8Array) => Promise<boolean>;
};

/** Jobs of one email carry their content up to so many bytes together; beyond it, one copy in the store is the better place. */
const carriedBytesPerEmail = 1024 * 1024;

type Packed = Admission & { readonly carried: boolean };

/**
 * Admission where rows, content and jobs are in different services and no transaction spans them. The order is: content that
 * no job carries, rows, jobs, and last the one write that makes all of it count, the kept answers included. Whoever stops on the
 * way, or is stopped, leaves rows that do not count and jobs that find nothing to do; so a request that comes again under the
 * same key is safe whatever became of the first.
 *
 * One email with one delivery whose job carries the content needs no such write: sending the job is the one step that makes
 * it count, since without a job nothing could ever send it. Nor does one that waits for its time: its row is that step.
 */
export function admitInSteps(ports: AdmitInStepsPorts): Admissions {
  return {
    async admit(admissions, answers, now) {
      const packed = await Promise.all(admissions.map((one) => pack(one, ports)));
      const jobs = packed.flatMap(jobsOf);
      const plan: AdmissionPlan = {
        admissions,
        answers,
        gated: answers.length > 0 || !isOneStep(packed, jobs),
      };
      await Promise.all(
        packed.filter(({ carried }) => !carried).map(({ email, content }) => ports.contents.put(email.id, content)),
      );
      await ports.rows.write(plan);
      if ((await send(jobs, plan, ports)) === 'claimed' || !plan.gated) return { kind: 'admitted' };
      const opened = await ports.rows.open(plan, now);
      if (opened.kind === 'open') return { kind: 'admitted' };
      await ports.rows.withdraw(plan);
      return opened;
    },
  };
}

function isOneStep(packed: readonly Packed[], jobs: readonly Job[]): boolean {
  const [only, ...others] = packed;
  if (only === undefined || others.length > 0 || only.deliveries.length !== 1) return false;
  return jobs.length === 0 || only.carried;
}

async function pack(admission: Admission, { fitsInJob }: AdmitInStepsPorts): Promise<Packed> {
  const { email, deliveries, content } = admission;
  const queued = deliveries.filter(({ state }) => state === 'queued').length;
  const waits = deliveries.some(({ state }) => state !== 'queued' && state !== 'ended');
  const few = queued * content.length <= carriedBytesPerEmail;
  // What comes back whole has to be there when its jobs are gone.
  const comesBack = email.dsn?.ret === 'full';
  return { ...admission, carried: !waits && !comesBack && few && (queued === 0 || (await fitsInJob(content))) };
}

function jobsOf({ email, deliveries, content, carried }: Packed): Job[] {
  return deliveries
    .filter(({ state }) => state === 'queued')
    .map(({ id }) => ({
      version: 1,
      deliveryId: id,
      emailId: email.id,
      projectId: email.projectId,
      content: carried ? { kind: 'inline', bytes: content } : { kind: 'stored' },
    }));
}

// A queue that did not answer may have taken the job all the same. Taking back the row decides: either no worker will find
// it any more, or one has it already, and then the job was durable.
async function send(jobs: readonly Job[], plan: AdmissionPlan, ports: AdmitInStepsPorts): Promise<'sent' | 'claimed'> {
  if (jobs.length === 0) return 'sent';
  try {
    await ports.queue.send(jobs);
    return 'sent';
  } catch (error) {
    const withdrawn = await ports.rows.withdraw(plan);
    if (withdrawn === 'claimed' && !plan.gated) return 'claimed';
    throw error;
  }
}
