import { deliver, type DeliverPorts } from './deliver.ts';
import type { Queue, ReceivedJob } from './ports/queue.ts';
import { createRemovals, type Removals } from './removals.ts';

export type ConsumePorts = DeliverPorts & { readonly queue: Queue };

const longPollMs = 20_000;
const pauseAfterErrorMs = 1_000;

/**
 * The worker as a long-running process: keeps up to `concurrency` deliveries going until `signal` is aborted, then waits for
 * those under way, which end by the same signal (before the final dot, or with the server's answer to it).
 */
export async function consume(ports: ConsumePorts, concurrency: number, signal: AbortSignal): Promise<void> {
  const active = new Set<Promise<void>>();
  const removals = createRemovals(ports.queue, ports.log);
  let wake: (() => void) | null = null;
  while (!signal.aborted) {
    if (active.size >= concurrency) {
      const freed = Promise.withResolvers<void>();
      wake = freed.resolve;
      await freed.promise;
      continue;
    }
    for (const received of await receive(ports, concurrency - active.size, signal)) {
      const running: Promise<void> = handle(received, removals, ports, signal).finally(() => {
        active.delete(running);
        wake?.();
      });
      active.add(running);
    }
  }
  await Promise.all(active);
  await removals.settled();
}

async function receive(ports: ConsumePorts, limit: number, signal: AbortSignal): Promise<readonly ReceivedJob[]> {
  try {
    return await ports.queue.receive(limit, longPollMs, signal);
  } catch (error) {
    ports.log.error('queue_unavailable', { why: String(error) });
    await ports.clock.sleep(pauseAfterErrorMs, signal);
    return [];
  }
}

// A job that is not removed comes back when its visibility timeout passes: the right end for everything that fails here.
async function handle(
  received: ReceivedJob,
  removals: Removals,
  ports: ConsumePorts,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (received.kind === 'malformed') {
      ports.log.error('job_set_aside', { why: received.why });
      await ports.queue.setAside(received.receipt, received.why);
    } else if ((await deliver(received.job, ports, signal)) === 'done') {
      removals.add(received.receipt);
    }
  } catch (error) {
    ports.log.error('job_not_settled', { why: String(error) });
  }
}
