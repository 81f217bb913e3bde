import { type AwsStack, startAwsStack } from './platform/stack.ts';
import { until } from './platform/until.ts';

/** An email of the run, and how the far side takes it. */
type Planned = {
  readonly number: number;
  readonly to: readonly string[];
  readonly fate: 'taken' | 'deferred once' | 'bounced';
};

/** What the API says of an email; of all that it says, what is looked at. */
export type SeenEmail = {
  readonly id: string;
  readonly status: string;
  readonly recipients: readonly {
    readonly email: string;
    readonly status: string;
    readonly attempts: readonly { readonly outcome: string; readonly error: { readonly code: string } | null }[];
  }[];
};

export type EndToEnd = {
  readonly planned: readonly Planned[];
  /** The id that the 202 of each planned email named, by its number. */
  readonly ids: ReadonlyMap<number, string>;
  /** Everything that the API lists at the end, each as it is shown alone. */
  readonly emails: readonly SeenEmail[];
  /** How many copies the far side took, by address. */
  readonly copies: ReadonlyMap<string, number>;
  readonly stack: AwsStack;
};

/** A body that no version of the program has written. */
export const poison = '{"version":1,"deliveryId":';

const batchSize = 25;
const requestsAtOnce = 5;
/** The worker that is killed, at this message of those that it brings. */
const victim = { sandbox: 'deliver-1', atMessage: 10 } as const;

/**
 * Sends `count` emails through a whole stack on which all goes wrong that may: every batch of jobs is handed over twice, one
 * worker is killed with messages in its hands, one job is poison, and the far side defers and bounces. Ends when every email
 * has ended. The stack is the caller's to stop.
 */
export async function runEndToEnd(count: number, withinMs: number): Promise<EndToEnd> {
  const planned = Array.from({ length: count }, (_, number) => plan(number));
  const byAddress = new Map(planned.flatMap((one) => one.to.map((address) => [address, one] as const)));
  const copies = new Map<string, number>();
  const deferred = new Set<string>();
  let broughtByVictim = 0;
  const stack: AwsStack = await startAwsStack({
    settings: { POSTERN_RETRY_SCHEDULE: '1s', POSTERN_SMTP_TIMEOUTS: 'session=3s' },
    timeoutMs: 15_000,
    visibilitySeconds: 15,
    windowMs: 300,
    concurrency: 2,
    twice: 'always',
    sweepEveryMs: 1_000,
    submitSandboxes: 2,
    sink: {
      onMessage({ client, to }) {
        const [address = ''] = to;
        const fate = byAddress.get(address)?.fate;
        if (fate === 'bounced') return '550 5.1.1 no such user';
        if (fate === 'deferred once' && !deferred.has(address)) {
          for (const one of to) deferred.add(one);
          return '451 4.3.0 come again';
        }
        for (const one of to) copies.set(one, (copies.get(one) ?? 0) + 1);
        if (client === `${victim.sandbox}.test` && ++broughtByVictim === victim.atMessage) kill();
        return '250 2.0.0 kept';
      },
    },
  });
  const kill = (): void => stack.functions.deliver.sandboxes.find(({ name }) => name === victim.sandbox)?.kill();
  try {
    await stack.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
    await stack.region.putRaw(stack.names.queueUrl, poison);
    const ids = await submitAll(stack, planned);
    await until('every email has ended', withinMs, () => haveEnded(stack));
    return { planned, ids, emails: await readAll(stack, await listAll(stack)), copies, stack };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

// 5 % are deferred at their first attempt, 2 % bounce; one in ten goes to two domains, which makes it two deliveries.
function plan(number: number): Planned {
  const to = [`r${number}@d${number % 23}.example`];
  if (number % 10 === 3) to.push(`c${number}@e${number % 7}.example`);
  return { number, to, fate: number % 20 === 0 ? 'deferred once' : number % 50 === 7 ? 'bounced' : 'taken' };
}

// Half of the emails in batches and half alone; every other request has an Idempotency-Key, and is made again, as by a client
// to whom the first answer was lost.
async function submitAll(stack: AwsStack, planned: readonly Planned[]): Promise<ReadonlyMap<number, string>> {
  const ids = new Map<number, string>();
  const half = Math.floor(planned.length / 2);
  const groups = [
    ...planned.slice(0, half).map((one) => [one]),
    ...Array.from({ length: Math.ceil((planned.length - half) / batchSize) }, (_, index) =>
      planned.slice(half + index * batchSize, half + (index + 1) * batchSize),
    ),
  ];
  const waiting = groups.entries();
  const lane = async (): Promise<void> => {
    for (const [index, group] of waiting) {
      const first = await submit(stack, group, index);
      if (index % 2 === 1 && (await submit(stack, group, index)).join() !== first.join()) {
        throw new Error('A request under the same key was answered otherwise.');
      }
      for (const [position, { number }] of group.entries()) ids.set(number, first[position] ?? '');
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, lane));
  return ids;
}

async function submit(stack: AwsStack, group: readonly Planned[], index: number): Promise<readonly string[]> {
  const emails = group.map(({ number, to }) => ({
    from: 'shop@one.example',
    to: [...to],
    subject: `Order ${number}`,
    text: `Order ${number} is on its way.`,
  }));
  const headers = index % 2 === 1 ? { 'idempotency-key': `request-${index}` } : {};
  const alone = group.length === 1;
  const target = alone ? '/v1/emails' : '/v1/emails/batch';
  const answer = await stack.request('POST', target, { body: alone ? emails[0] : { emails }, headers });
  if (answer.statusCode !== 202) throw new Error(`A request was answered with ${answer.statusCode}: ${answer.body}`);
  const body = JSON.parse(answer.body) as { id: string; data: { id: string }[] };
  return alone ? [body.id] : body.data.map(({ id }) => id);
}

async function haveEnded(stack: AwsStack): Promise<boolean> {
  for (const status of ['queued', 'sending', 'deferred']) {
    const answer = await stack.request('GET', `/v1/emails?limit=1&status=${status}`);
    if ((JSON.parse(answer.body) as { data: unknown[] }).data.length > 0) return false;
  }
  return true;
}

async function listAll(stack: AwsStack): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after = ''; ;) {
    const answer = await stack.request('GET', `/v1/emails?limit=100${after}`);
    const page = JSON.parse(answer.body) as { data: { id: string }[]; has_more: boolean };
    ids.push(...page.data.map(({ id }) => id));
    if (!page.has_more) return ids;
    after = `&after=${ids.at(-1)}`;
  }
}

async function readAll(stack: AwsStack, ids: readonly string[]): Promise<readonly SeenEmail[]> {
  const emails: SeenEmail[] = [];
  const waiting = ids.values();
  const lane = async (): Promise<void> => {
    for (const id of waiting) {
      const answer = await stack.request('GET', `/v1/emails/${id}`);
      emails.push(JSON.parse(answer.body) as SeenEmail);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, lane));
  return emails;
}
