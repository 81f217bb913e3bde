import { accept, type AcceptPorts } from '../../functions/core/accept.ts';
import { cancel } from '../../functions/core/cancel.ts';
import { deliver, type DeliverPorts } from '../../functions/core/deliver.ts';
import type { Email } from '../../functions/core/email.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { FoundEmail } from '../../functions/core/ports/ledger.ts';
import type { Log } from '../../functions/core/ports/log.ts';
import type { Job, Queue } from '../../functions/core/ports/queue.ts';
import type { Random } from '../../functions/core/ports/random.ts';
import type { Suppressions } from '../../functions/core/ports/suppressions.ts';
import { reschedule } from '../../functions/core/reschedule.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep, type SweepPorts } from '../../functions/core/sweep.ts';
import { openEmbedded } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { mailboxOf, project } from '../contract/samples.ts';
import { suppressionOf } from '../contract/suppressions.contract.ts';
import { createFarSide, createSeededRandom, createSimulatedClock } from './world.ts';

const steps = 150;
const hourMs = 3_600_000;
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const running = new AbortController().signal;

/** How the emails of a simulation ended, and how often each address got one. */
export type Simulated = { readonly ends: readonly FoundEmail[]; readonly copies: ReadonlyMap<string, number> };

/** What a simulation runs on. */
export type Store = {
  readonly parts: Pick<
    AcceptPorts & DeliverPorts & SweepPorts,
    'admissions' | 'contents' | 'contentTravels' | 'ledger'
  > & { readonly queue: Queue; readonly suppressions: Suppressions };
  /** Called when the clock has moved on by more than the visibility timeout. */
  readonly passVisibility: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type OpenStore = (ambient: { readonly clock: Clock; readonly random: Random }) => Promise<Store>;

/**
 * A seeded week of faults over the real core and store: mail is sent, lost, refused, canceled and moved, processes are killed
 * and the clock goes on. `observe` sees every email after every step.
 */
export async function simulate(
  seed: number,
  observe: ((emails: readonly FoundEmail[]) => void) | null = null,
  open: OpenStore = openOnSqlite,
): Promise<Simulated> {
  const random = createSeededRandom(seed);
  const clock = createSimulatedClock(1_800_000_000_000);
  const far = createFarSide(random);
  const { parts, passVisibility, close } = await open({ clock, random });
  const emails: Email[] = [];
  const ports = {
    ...parts,
    transport: far.transport,
    simulator: far.transport,
    clock,
    random,
    log: silent,
    metrics: { record: () => undefined },
    // Slow enough for some of it to be put off.
    ahead: null,
    releases: createReleases({ perSecond: 0.002, burst: 2 }),
    composer: { compose: async () => content, complete: () => content },
    returnPaths: null,
    prepareOutbound: async () => ({ facts, encode: () => Promise.reject(new Error('The far side does not read.')) }),
    classify: () => ({
      category: 'system',
      rule: 'simulated',
      suppress: false,
      retryAfterMs: random.fraction() < 0.2 ? 300_000 : null,
    }),
    retryScheduleMs: [60_000, 300_000, 1_800_000] as const,
    attemptMs: 14 * 60_000,
    maxAgeMs: 2 * 24 * hourMs,
    unsubscribeUrl: null,
  };

  const send = async (): Promise<void> => {
    const number = emails.length;
    const named = (address: string) => ({ name: null, mailbox: mailboxOf(address) });
    const draft = {
      from: named('a@sender.example'),
      to: [named(`one${number}@a.example`), named(`two${number}@a.example`)],
      cc: random.fraction() < 0.5 ? [named(`three${number}@b.example`)] : [],
      bcc: [],
      replyTo: [],
      subject: 'x',
      html: null,
      text: 'x',
      headers: [],
      attachments: [],
      tags: [],
      metadata: {},
      scheduledAt: random.fraction() < 0.2 ? clock.now() + hourMs : null,
      expiresAt: null,
      listUnsubscribe: null,
      ownUnsubscribeLink: false,
      tls: 'opportunistic',
      onSuppressed: 'skip',
      onInDoubt: random.fraction() < 0.3 ? 'hold' : 'retry',
      test: false,
    } as const;
    const submissions = [{ sendable: draft, suppressed: new Map<never, never>(), keep: null }];
    const accepted = await accept(submissions, { projectId: project, keep: null }, ports);
    if (accepted.kind === 'accepted') emails.push(...accepted.emails.map(({ email }) => email));
  };

  // A killed attempt never answers: go on as soon as it hangs.
  const work = async (job: Job): Promise<'done' | 'keep' | 'killed'> => {
    const before = far.suspended.length;
    let done = false;
    const attempt = deliver(job, ports, running).finally(() => {
      done = true;
    });
    while (!done && far.suspended.length === before) await new Promise((resolve) => setImmediate(resolve));
    return done ? await attempt : 'killed';
  };

  const pump = async (limit: number): Promise<void> => {
    for (const received of await parts.queue.receive(limit, 0)) {
      if (received.kind === 'malformed') throw new Error(received.why);
      const chance = random.fraction();
      if (chance < 0.3) await parts.queue.send([received.job]);
      const result = chance < 0.95 ? await work(received.job) : 'done';
      // What a worker leaves on the queue comes again; where jobs carry no content, nothing depends on that.
      if (parts.contentTravels && result !== 'done') continue;
      // In one case of twenty the job is lost without having been worked on.
      if (chance < 0.9 || chance >= 0.95) await parts.queue.remove([received.receipt]);
    }
  };

  const actions: readonly (() => Promise<unknown>)[] = [
    send,
    send,
    () => pump(5),
    () => pump(5),
    () => sweep(ports, running),
    async () => clock.advance(Math.floor(random.fraction() * 20 * 60_000)),
    async () => far.suspended.splice(Math.floor(random.fraction() * far.suspended.length), 1)[0]?.(),
    async () => {
      const email = emails[Math.floor(random.fraction() * emails.length)];
      if (email !== undefined && random.fraction() < 0.3) await cancel(project, email.id, ports);
    },
    async () => {
      const email = emails[Math.floor(random.fraction() * emails.length)];
      const at = clock.now() + Math.floor(random.fraction() * 2 * hourMs);
      if (email !== undefined) await reschedule(project, email.id, at, ports);
    },
    async () => {
      const number = Math.floor(random.fraction() * emails.length);
      await parts.suppressions.add([suppressionOf(`One${number}+x@a.example`)], clock.now());
    },
  ];
  const all = async (): Promise<FoundEmail[]> =>
    (await Promise.all(emails.map((email) => parts.ledger.find(project, email.id)))).filter((one) => one !== null);
  for (let step = 0; step < steps; step++) {
    await actions[Math.floor(random.fraction() * actions.length)]?.();
    observe?.(await all());
  }
  for (let hours = 0; hours < 60; hours++) {
    clock.advance(hourMs);
    await passVisibility();
    await sweep(ports, running);
    await pump(1_000);
    observe?.(await all());
  }
  const ends = await all();
  await close();
  return { ends, copies: far.copies };
}

async function openOnSqlite(ambient: Parameters<OpenStore>[0]): Promise<Store> {
  const { directory, dispose } = temporaryDirectory();
  const opened = openEmbedded({ dataDir: directory, masterKey: null }, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  const { parts } = opened;
  return {
    parts,
    passVisibility: async () => undefined,
    async close() {
      parts.close();
      dispose();
    },
  };
}

const facts = { sizeBytes: 18, eightBit: false, utf8Headers: false };
const content = { bytes: Buffer.from('Subject: x\r\n\r\nx\r\n'), facts, relaxesTls: false };
