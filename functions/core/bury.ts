import type { Delivery } from './email.ts';
import { failedDelivery } from './failed-delivery.ts';
import { failureEvidence } from './failure-evidence.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { DeliveryLog } from './ports/delivery-log.ts';
import type { Ledger, Look } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import type { Job } from './ports/queue.ts';
import { openRecipients } from './settle.ts';

/** A message on the dead-letter queue; `id` is the platform's name for it, `body` what stands in it. */
export type DeadLetter =
  | {
      readonly kind: 'job';
      readonly id: string;
      readonly body: string;
      readonly job: Job;
      /** Whether a worker has set it aside, one of another version; else it was received too often. */
      readonly isSetAside: boolean;
    }
  | {
      readonly kind: 'unreadable';
      readonly id: string;
      readonly body: string;
      readonly why: string;
      /** Whose job it is, if that can be read. */
      readonly names: Pick<Job, 'deliveryId' | 'emailId' | 'projectId'> | null;
    };

export type BuryPorts = {
  readonly ledger: Pick<Ledger, 'look' | 'commit'>;
  readonly contents: Pick<ContentStore, 'put' | 'open'>;
  /** Keeps a letter where an operator can read it, with the reason; durable when it resolves. Again under the same id is the same. */
  readonly keep: (letter: { readonly id: string; readonly body: string; readonly why: string }) => Promise<void>;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveryLog?: DeliveryLog;
};

/** What is to become of a delivery whose job is dead. `wait`: it goes on by itself, without this job. */
type Fate = 'drop' | 'wait' | 'fail' | 'later';

const diagnostics = {
  given_up: 'Postern could not work on this delivery: its job was received again and again without coming to an end.',
  set_aside: 'Postern could not work on this delivery: a worker could not read its job.',
  unreadable: 'Postern cannot read the content of this delivery any more.',
} as const;

/** What attempts say that ended in our own fault (core/deliver.ts, core/sweep.ts). */
const ownFaults: ReadonlySet<string> = new Set(['abandoned', 'internal']);
/** A system fault that is described no closer (RFC 3463 §3.4). */
const enhancedCode = '5.3.0';

/**
 * Ends what dead letters are about, visibly: open deliveries fail, with a reason on record, and what is no job is kept for an
 * operator. Answers with the ids of the letters that have to come again: those that nothing can be said about yet, and those
 * that a service out of reach kept from being done with. Never rejects.
 */
export async function bury(letters: readonly DeadLetter[], ports: BuryPorts): Promise<readonly string[]> {
  const done = await Promise.all(letters.map((letter) => isDone(letter, ports)));
  return letters.filter((_, index) => done[index] !== true).map(({ id }) => id);
}

async function isDone(letter: DeadLetter, ports: BuryPorts): Promise<boolean> {
  try {
    switch (letter.kind) {
      case 'job':
        return await buryJob(letter, ports);
      case 'unreadable':
        return await buryUnreadable(letter, ports);
    }
  } catch (error) {
    ports.log.error('dead_letter_not_settled', { letter: letter.id, why: String(error) });
    return false;
  }
}

async function buryJob(letter: Extract<DeadLetter, { kind: 'job' }>, ports: BuryPorts): Promise<boolean> {
  const { deliveryId: id, emailId, projectId, content } = letter.job;
  const found = await ports.ledger.look({ id, projectId });
  if (found.kind === 'not_accepted') return false;
  if (found.kind === 'missing') {
    return await keepWithReason({ ...letter, why: 'The ledger has no such delivery.' }, ports);
  }
  const fate = fateOf(found.delivery);
  switch (fate) {
    case 'drop':
      return true;
    case 'later':
      return false;
    case 'wait':
    case 'fail':
      // The letter may hold the only copy.
      if (content.kind === 'inline') await ports.contents.put(emailId, content.bytes);
      return fate === 'wait' || (await fail(found, letter.isSetAside ? 'set_aside' : 'given_up', ports));
  }
}

// A damaged body is nobody's mail any more, but where it names its delivery, that can be ended; unless the content is stored as
// well, for then the sweep makes another job.
async function buryUnreadable(letter: Extract<DeadLetter, { kind: 'unreadable' }>, ports: BuryPorts): Promise<boolean> {
  const { names } = letter;
  const found = names && (await ports.ledger.look({ id: names.deliveryId, projectId: names.projectId }));
  if (found?.kind === 'not_accepted') return false;
  if (names !== null && found?.kind === 'found' && (await ports.contents.open(names.emailId)) === null) {
    const fate = fateOf(found.delivery);
    if (fate === 'later' || (fate === 'fail' && !(await fail(found, 'unreadable', ports)))) return false;
  }
  return await keepWithReason(letter, ports);
}

async function keepWithReason(
  { id, body, why }: { readonly id: string; readonly body: string; readonly why: string },
  { keep, log }: BuryPorts,
): Promise<boolean> {
  await keep({ id, body, why });
  log.error('dead_letter_kept', { letter: id, why });
  return true;
}

/**
 * One that is being attempted belongs to its worker, or to the sweep when its worker is gone. One that waits for its time has
 * no need of this job, for the sweep sends another; unless what it waits for is to try again what our own process did not
 * survive, which might send a copy each time.
 */
function fateOf(delivery: Delivery): Fate {
  switch (delivery.state) {
    case 'ended':
      return 'drop';
    case 'sending':
      return 'later';
    case 'scheduled':
      return 'wait';
    case 'deferred':
      return hasFailedUs(delivery) ? 'fail' : 'wait';
    case 'queued':
      return 'fail';
  }
}

function hasFailedUs(delivery: Delivery): boolean {
  return openRecipients(delivery).some(({ attempts }) => ownFaults.has(attempts.at(-1)?.error?.code ?? ''));
}

// Fenced out: somebody has come in between, and it has to be looked at anew.
async function fail(
  { email, delivery }: Extract<Look, { kind: 'found' }>,
  cause: keyof typeof diagnostics,
  ports: BuryPorts,
): Promise<boolean> {
  const diagnostic = diagnostics[cause];
  // Nothing was dialled; the rule goes by the code alone.
  const { category, rule } = ports.classify(failureEvidence('connect', 'dead_letter', diagnostic));
  const next = failedDelivery(delivery, { category, rule, enhancedCode, diagnostic }, ports.clock.now());
  if ((await ports.ledger.commit(next)) === 'fenced') return false;
  ports.deliveryLog?.note({ email, before: [delivery], next: [next] });
  ports.log.error('delivery_failed', { delivery: delivery.id, why: cause });
  return true;
}
