import { createBackoff } from './backoff.ts';
import { deliver, type DeliverPorts } from './deliver.ts';
import { limits } from './limits.ts';
import type { Queue, ReceivedJob } from './ports/queue.ts';
import { createRemovals, type Removals } from './removals.ts';
import { createSlots } from './slots.ts';
import { createSlowRoom } from './slow-room.ts';

export type ConsumePorts = DeliverPorts & { readonly queue: Queue };

/** How a worker takes jobs off its queue. */
export type Intake = {
  /** Deliveries under way at a time, without those that have become slow: up to `limits.slowDeliveriesPerSlot` for each. */
  readonly concurrency: number;
  /** Receivers that ask side by side: one, unless the queue hands out few jobs a call. */
  readonly receivers?: number;
  /** The most that one receiver asks for; as many as there is room for, unless given. */
  readonly jobsPerReceive?: number;
  /** How long a receiver waits for a first job. */
  readonly pollMs?: number;
};

type Worker = {
  readonly ports: ConsumePorts;
  readonly signal: AbortSignal;
  readonly removals: Removals;
  /** What is being worked on. */
  readonly held: Set<string>;
  /** While no job can be done with, few are taken: each time that a job is received counts towards the dead-letter queue. */
  readonly settling: ReturnType<typeof createBackoff>;
};

const defaultPollMs = 20_000;

/**
 * The worker as a long-running process: keeps up to `concurrency` deliveries going until `signal` is aborted, then waits for
 * those under way, which end by the same signal (before the final dot, or with the server's answer to it). Jobs that are
 * worked on are kept from others however long that takes. A queue or a ledger out of reach is waited out. Never rejects.
 */
export async function consume(ports: ConsumePorts, intake: Intake, signal: AbortSignal): Promise<void> {
  const { concurrency, receivers = 1, jobsPerReceive = concurrency, pollMs = defaultPollMs } = intake;
  const slots = createSlots(concurrency);
  const slowRoom = createSlowRoom(concurrency * limits.slowDeliveriesPerSlot, limits.slowDeliveryMs, ports.clock);
  const active = new Set<Promise<void>>();
  const worker: Worker = {
    ports,
    signal,
    removals: createRemovals(ports.queue, ports.log),
    held: new Set(),
    settling: createBackoff(ports.clock),
  };
  const begin = (received: ReceivedJob): void => {
    const running: Promise<void> = handle(received, worker).finally(() => active.delete(running));
    active.add(running);
    slowRoom.watch(running, () => slots.free(1));
  };
  const receiver = async (): Promise<void> => {
    const polling = createBackoff(ports.clock);
    while (!signal.aborted) {
      await Promise.all([polling.pause(signal), worker.settling.pause(signal)]);
      const room = await slots.take(jobsPerReceive);
      const jobs = await receive(ports, room, pollMs, polling, signal);
      slots.free(room - jobs.length);
      for (const job of jobs) begin(job);
    }
  };
  const holding = holdOnTo(worker);
  await Promise.all(Array.from({ length: receivers }, receiver));
  await Promise.all(active);
  await worker.removals.settled();
  await holding;
}

async function receive(
  ports: ConsumePorts,
  limit: number,
  pollMs: number,
  polling: ReturnType<typeof createBackoff>,
  signal: AbortSignal,
): Promise<readonly ReceivedJob[]> {
  try {
    const jobs = await ports.queue.receive(limit, pollMs, signal);
    polling.succeeded();
    return jobs;
  } catch (error) {
    ports.log.error('queue_unavailable', { why: String(error) });
    polling.failed();
    return [];
  }
}

async function handle(received: ReceivedJob, worker: Worker): Promise<void> {
  const { receipt } = received;
  worker.held.add(receipt);
  const settled = await settle(received, worker);
  worker.held.delete(receipt);
  if (settled) worker.settling.succeeded();
  else await leave(receipt, worker);
}

async function settle(received: ReceivedJob, { ports, signal, removals }: Worker): Promise<boolean> {
  try {
    // Received as the stop was asked for: an attempt would only be broken off.
    if (signal.aborted) return false;
    if (received.kind === 'malformed') {
      ports.log.error('job_set_aside', { why: received.why });
      await ports.queue.setAside(received.receipt, received.why);
      return true;
    }
    if ((await deliver(received.job, ports, signal)) === 'keep') return false;
    removals.add(received.receipt);
    return true;
  } catch (error) {
    ports.log.error('job_not_settled', { why: String(error) });
    return false;
  }
}

// It comes back when its visibility timeout passes: whatever went wrong may be over then. A process that stops does not keep
// it from the others for that long.
async function leave(receipt: string, { ports, signal, settling }: Worker): Promise<void> {
  settling.failed();
  if (!signal.aborted) return;
  try {
    await ports.queue.giveBack([receipt]);
  } catch (error) {
    ports.log.warn('job_not_given_back', { why: String(error) });
  }
}

async function holdOnTo({ ports: { queue, clock, log }, held, signal }: Worker): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(queue.visibilityMs / limits.holdsPerVisibility, signal);
    if (signal.aborted || held.size === 0) continue;
    try {
      await queue.hold([...held]);
    } catch (error) {
      log.warn('jobs_not_held', { count: held.size, why: String(error) });
    }
  }
}
