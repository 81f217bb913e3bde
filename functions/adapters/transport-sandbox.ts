import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import type { Evidence, Outcome, Phase } from '../core/outcome.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { AttemptOrder, OutboundMessage } from '../core/ports/transport.ts';
import { simulationOf, type Simulation } from '../core/simulator.ts';

const keptByDefault = 1_000;
const extension = '.eml';

type Inbox = {
  readonly directory: string;
  readonly kept: number;
  readonly clock: Clock;
  names: string[];
  count: number;
};

/**
 * Delivery to a folder of this machine; nothing leaves it. Each transaction becomes one file `<directory>/<time>-….eml` with
 * the bytes as they would stand on the wire, signature included; names sort by time, files appear whole, and only the newest
 * `kept` stay. Files are not fsynced: this is an inbox to look into, not a mailbox.
 *
 * Test addresses (core/simulator) end as their word says: `bounced` at RCPT with 550 5.1.1, `suppressed` with 550 5.7.1,
 * `deferred` with 451 4.3.0 at every attempt, so that retries follow the schedule and end in `expired`, `in_doubt` after the
 * final dot. All other recipients are delivered,
 * and `complained` complains at once.
 */
export function createSandboxTransport(
  directory: string,
  clock: Clock,
  kept = keptByDefault,
): { attempt(order: AttemptOrder): Promise<readonly Outcome[]> } {
  const inbox: Inbox = { directory, kept, clock, names: [], count: 0 };
  let opened: Promise<void> | null = null;
  const deliverTo = async (message: OutboundMessage): Promise<void> => {
    opened ??= prepare(inbox);
    try {
      await opened;
      await write(inbox, message);
    } catch (error) {
      // The folder may have been taken away: the next message makes it again.
      opened = null;
      throw error;
    }
  };
  return { attempt: (order) => attempt(order, deliverTo) };
}

async function attempt(
  order: AttemptOrder,
  deliverTo: (message: OutboundMessage) => Promise<void>,
): Promise<readonly Outcome[]> {
  if (order.signal.aborted) return order.recipients.map(() => interrupted());
  const simulations = order.recipients.map(simulationOf);
  let taken: Outcome = { kind: 'delivered', evidence: answered('dot', 250, '2.0.0', 'Kept in the sandbox') };
  if (simulations.some(isTaken)) {
    try {
      await deliverTo(order.message);
    } catch (error) {
      taken = unwritable(error);
    }
  }
  return simulations.map((simulation) => (isTaken(simulation) ? takenBy(simulation, taken) : simulated(simulation)));
}

function isTaken(simulation: Simulation | null): simulation is 'delivered' | 'complained' | null {
  return simulation === null || simulation === 'delivered' || simulation === 'complained';
}

// What could not be kept is read by nobody.
function takenBy(simulation: Simulation | null, taken: Outcome): Outcome {
  return simulation === 'complained' && taken.kind === 'delivered' ? { ...taken, complains: true } : taken;
}

function simulated(simulation: Exclude<Simulation, 'delivered' | 'complained'>): Outcome {
  switch (simulation) {
    case 'bounced':
      return bounced('5.1.1', 'No such mailbox (simulated)');
    case 'suppressed':
      return bounced('5.7.1', 'The address is on the suppression list of the receiver (simulated)');
    case 'deferred': {
      const evidence = answered('rcpt', 451, '4.3.0', 'Temporary failure (simulated)');
      return { kind: 'deferred', cause: 'message', evidence };
    }
    case 'in_doubt': {
      const error = { code: 'connection_lost', detail: 'The connection was lost after the final dot (simulated).' };
      return { kind: 'in_doubt', evidence: { ...nothingSeen('dot'), error } };
    }
  }
}

function bounced(enhancedCode: string, text: string): Outcome {
  return { kind: 'bounced', source: 'smtp', evidence: answered('rcpt', 550, enhancedCode, text) };
}

function interrupted(): Outcome {
  const error = { code: 'interrupted', detail: 'The attempt was interrupted.' };
  return { kind: 'deferred', cause: 'interrupted', evidence: { ...nothingSeen('connect'), error } };
}

function unwritable(thrown: unknown): Outcome {
  const detail = `The sandbox inbox cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const evidence = { ...nothingSeen('data'), error: { code: 'sandbox_unwritable', detail } };
  return { kind: 'deferred', cause: 'host', evidence };
}

function answered(phase: Phase, code: number, enhancedCode: string, text: string): Evidence {
  return { ...nothingSeen(phase), reply: { code, enhancedCode, text: `${enhancedCode} ${text}` } };
}

function nothingSeen(phase: Phase): Evidence {
  return { phase, host: 'sandbox', ip: null, port: null, tls: null, reply: null, error: null };
}

async function prepare(inbox: Inbox): Promise<void> {
  await mkdir(unfinished(inbox), { recursive: true });
  const names = await readdir(inbox.directory);
  inbox.names = names.filter((name) => name.endsWith(extension)).toSorted();
}

// As in a maildir: written aside, then moved into place whole.
async function write(inbox: Inbox, message: OutboundMessage): Promise<void> {
  const name = nextName(inbox);
  const aside = path.join(unfinished(inbox), name);
  try {
    const content = await message.encode('8bit');
    const file = await open(aside, 'wx');
    try {
      for await (const chunk of content.chunks()) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    await rename(aside, path.join(inbox.directory, name));
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  inbox.names.push(name);
  while (inbox.names.length > inbox.kept) {
    await rm(path.join(inbox.directory, inbox.names.shift() ?? ''), { force: true });
  }
}

// The time without colons, which some file systems refuse; then the order within one millisecond; then a part that no
// earlier run has used.
function nextName(inbox: Inbox): string {
  const time = new Date(inbox.clock.now()).toISOString().replaceAll(':', '-');
  const order = String(inbox.count++).padStart(9, '0');
  return `${time}-${order}-${randomBytes(4).toString('hex')}${extension}`;
}

function unfinished({ directory }: Inbox): string {
  return path.join(directory, 'tmp');
}
