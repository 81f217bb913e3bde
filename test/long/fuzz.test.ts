import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { mismatches } from '../support/json-schema.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { type OpenApi, type Operation, type Plan, plansFor } from './fuzz-requests.ts';

// `FUZZ_REQUESTS=2000` is a short form for a quick look; `FUZZ_SEED` makes the requests of an earlier run again.
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 100_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const roundRequests = 400;
const connections = 32;
const mostMemoryBytes = 2 ** 30;
const projects = 10;
const scopes = ['emails:send', 'emails:read', 'suppressions', 'domains', 'webhooks', 'inbound', 'keys'];
/** The server answers before such a body has come, and closes: the answer may be lost on the way. */
const largeBodyBytes = 60_000;

type Key = { readonly project: number; readonly key: string };
type Answer = {
  readonly status: number;
  readonly type: string;
  readonly requestId: string;
  readonly text: string;
};
/** Stands for the answer that nobody waited for. */
const cutOff: Answer = { status: 0, type: '', requestId: '', text: '' };
type Sent = {
  readonly plan: Plan;
  readonly path: string;
  readonly body: Plan['body'];
  readonly key: Key;
  readonly answer: Answer;
};

let temporary: ReturnType<typeof temporaryDirectory>;
let dns: DnsServer;
let postern: PosternProcess;
let api: OpenApi;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const keys: { readonly project: Key[]; readonly limited: Key[]; readonly created: Key[] } = {
  project: [],
  limited: [],
  created: [],
};
/** What answers gave, by project and kind, the latest few hundred. */
const pools = new Map<string, string[]>();

beforeAll(async () => {
  temporary = temporaryDirectory();
  dns = await startDnsServer({});
  postern = await startPostern(temporary.directory, {
    POSTERN_ROUTE: 'sandbox',
    POSTERN_DNS: dns.url,
    POSTERN_PUBLIC_URL: 'https://links.example',
  });
  api = (await (await postern.request('GET', '/openapi.json')).json()) as OpenApi;
  for (let project = 0; project < projects; project++) keys.project.push(await makeKey(project, {}));
  for (const scope of scopes) keys.limited.push(await makeKey(0, { scopes: [scope] }));
  keys.limited.push(await makeKey(1, { mode: 'test' }));
  keys.limited.push(await makeKey(2, { sender_domains: ['sender.example'], recipients: ['one.example'] }));
  keys.limited.push(await makeKey(3, { rate_limit: { limit: 20, window_seconds: 60 } }));
  keys.limited.push({ project: -1, key: postern.key });
  for (const key of keys.project) keep(key.project, 'link', await linkOf(key));
});

afterAll(async () => {
  agent.destroy();
  await postern.stop('SIGKILL');
  await dns.close();
  temporary.dispose();
});

/** The token of a link that unsubscribes, as an email of the project holds it. */
async function linkOf({ key }: Key): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
  const body = { ...email, list_unsubscribe: { one_click: true } };
  const { id } = (await (await postern.request('POST', '/v1/emails', body, headers)).json()) as { readonly id: string };
  const raw = await (await postern.request('GET', `/v1/emails/${id}/raw`, undefined, headers)).text();
  const [, token = ''] = /<https:\/\/links\.example\/u\/([\w-]+)>/.exec(raw) ?? [];
  expect(token).not.toBe('');
  return token;
}

async function makeKey(project: number, rights: object): Promise<Key> {
  const rate_limit = { limit: 1_000_000, window_seconds: 1 };
  const answer = await postern.request('POST', '/v1/api_keys', {
    name: 'k',
    project: `p${project}`,
    rate_limit,
    ...rights,
  });
  const body = (await answer.json()) as { readonly key: string };
  expect([answer.status, typeof body.key]).toEqual([201, 'string']);
  return { project, key: body.key };
}

it(`answers ${requests} requests made from its own document as the document says, and stands (seed ${seed})`, async () => {
  const plans = plansFor(api);
  const started = performance.now();
  const statuses = new Map<number, number>();
  const byOperation = new Map<string, Set<number>>();
  const amiss: string[] = [];
  for (let made = 0; made < requests && amiss.length === 0; made += roundRequests) {
    // What a round refers to comes from the rounds before, so that the order of its answers changes nothing.
    const numRuns = Math.min(roundRequests, requests - made);
    const sent = await inParallel(fc.sample(plans, { numRuns, seed: seed + made }));
    for (const one of sent) {
      const { status } = one.answer;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const operation = one.plan.operation ?? 'none';
      byOperation.set(operation, (byOperation.get(operation) ?? new Set()).add(status));
      const wrong = problemsOf(one);
      if (wrong.length > 0) amiss.push(describeRequest(one, wrong));
      remember(one);
    }
    await allowSenders(sent);
  }
  const seconds = (performance.now() - started) / 1_000;
  const memory = peakMemoryBytes(postern.child.pid);
  const counts = [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${status === 0 ? 'cut off' : status}: ${count}`);
  console.log(
    `seed ${seed}: ${requests} requests in ${seconds.toFixed(0)} s, at most ${Math.round((memory ?? 0) / 2 ** 20)} MB; ${counts.join(', ')}`,
  );

  expect(amiss, `FUZZ_SEED=${seed} FUZZ_REQUESTS=${requests} makes these requests again`).toEqual([]);
  expect(postern.child.exitCode ?? postern.child.signalCode).toBeNull();
  expect((await postern.request('GET', '/v1/health')).status).toBe(200);
  expect(logged('error')).toEqual([]);
  expect(memory ?? 0).toBeLessThan(mostMemoryBytes);
  // A run that reached nothing would pass too.
  const unreached = [...byOperation]
    .filter(([, seen]) => ![...seen].some((status) => status > 0 && status < 300))
    .map(([name]) => name);
  if (requests >= 10_000) expect([byOperation.size, unreached]).toEqual([operationCount() + 1, []]);
}, 900_000);

async function inParallel(plans: readonly Plan[]): Promise<Sent[]> {
  return await Promise.all(
    plans.map(async (plan) => {
      const [kind = '', number = ''] = plan.key.split(':');
      const group = Object.hasOwn(keys, kind) ? keys[kind as keyof typeof keys] : [];
      const key = group[Number(number) % group.length] ?? { project: -1, key: '' };
      const path = filled(plan.path, key.project, encodeURIComponent);
      const body =
        typeof plan.body === 'string'
          ? filled(plan.body, key.project, (text) => JSON.stringify(text).slice(1, -1))
          : plan.body;
      const authorization = key.key === '' ? plan.key : `Bearer ${key.key}`;
      const answer = await send(plan, path, authorization, body);
      return { plan, path, body, key, answer };
    }),
  );
}

function filled(text: string, project: number, escape: (text: string) => string): string {
  return text.replaceAll(
    /\{\{(foreign_)?(\w+):(\d+)\}\}/g,
    (_, foreign: string | undefined, kind: string, number: string) => {
      const owner = foreign === undefined ? project : (project + 1) % projects;
      const pool = pools.get(`${owner} ${kind}`) ?? [];
      return escape(pool[Number(number) % pool.length] ?? `${kind}@one.example`);
    },
  );
}

function send(plan: Plan, path: string, authorization: string, body: Plan['body']): Promise<Answer> {
  const { method, headers } = plan;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(postern.url);
    const fields = {
      ...headers,
      ...(authorization === '' ? {} : { Authorization: authorization }),
      ...(body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    };
    const asked = request({ agent, hostname, port, method, path, headers: fields }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          requestId: String(response.headers['request-id'] ?? ''),
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    asked.on('error', (error) => {
      if (plan.cut) return resolve(cutOff);
      if (body !== null && body.length > largeBodyBytes) resolve({ status: 413, type: '', requestId: '', text: '' });
      else reject(new Error(`${method} ${path} has no answer:\n${postern.output().slice(-2_000)}`, { cause: error }));
    });
    if (!plan.cut) return void asked.end(body ?? undefined);
    const gone = (): void => void asked.destroy();
    asked.once('close', () => resolve(cutOff));
    if (body === null) asked.end(gone);
    else asked.write(body.slice(0, Math.floor(body.length / 2)), gone);
  });
}

/** What is wrong with an answer, by the document. */
function problemsOf({ plan, answer }: Sent): string[] {
  const { status, type, text } = answer;
  if (answer === cutOff || (type === '' && status === 413)) return [];
  if (status >= 500 || status < 200) return [`The status is ${status}.`];
  const operation = operationOf(plan);
  const documented = operation?.responses[String(status)];
  if (operation !== null && documented === undefined) return [`The document has no ${status} for this.`];
  if (plan.method === 'HEAD') return [];
  // Readers of mail are shown a page, by whatever request they come to it.
  const showsPage = operation === null ? plan.path.startsWith('/u/') : documented?.content?.['text/html'] !== undefined;
  if (type.startsWith('text/html') && showsPage) return [];
  if (status >= 400) return problemsOfError(answer);
  const schema = documented?.content?.['application/json']?.schema;
  if (schema === undefined || (documented?.content?.[type] !== undefined && type !== 'application/json')) return [];
  if (!type.startsWith('application/json')) return [`The type is ${type}.`];
  return mismatches(JSON.parse(text), schema, api.components.schemas);
}

function problemsOfError({ status, type, requestId, text }: Answer): string[] {
  if (!type.startsWith('application/problem+json')) return [`${status} is no problem but ${type}.`];
  const body = JSON.parse(text) as { readonly status: number; readonly request_id: string };
  const told = body.status === status && body.request_id === requestId;
  const wrong = mismatches(body, { $ref: '#/components/schemas/Problem' }, api.components.schemas);
  return told ? wrong : [...wrong, 'The problem names another status or request.'];
}

function operationOf({ operation }: Plan): Operation | null {
  if (operation === null) return null;
  const [method = '', path = ''] = operation.split(' ');
  return api.paths[path]?.[method.toLowerCase()] ?? null;
}

function operationCount(): number {
  return Object.values(api.paths).flatMap((methods) => Object.values(methods).filter((one) => 'responses' in one))
    .length;
}

function describeRequest({ plan, path, body, answer }: Sent, wrong: readonly string[]): string {
  const shown = typeof body === 'string' ? body : Buffer.from(body ?? []).toString('latin1');
  return [
    ...wrong.slice(0, 3),
    `${plan.method} ${path}`,
    `headers ${JSON.stringify(plan.headers)}, key ${plan.key.slice(0, 20)}`,
    `body ${JSON.stringify(shown.slice(0, 2_000))}`,
    `answer ${answer.status} ${answer.text.slice(0, 1_000)}`,
  ].join('\n');
}

type Members = Partial<
  Record<
    'id' | 'key' | 'status' | 'email' | 'object' | 'next_cursor' | 'previous_cursor' | 'project' | 'event_id',
    string
  >
>;

/** Keeps what later requests can refer to. */
function remember({ plan, key, answer }: Sent): void {
  if (plan.operation === null || answer.status >= 300 || !answer.type.startsWith('application/json')) return;
  const body = JSON.parse(answer.text) as Members & { readonly data?: readonly Members[] };
  for (const cursor of [body.next_cursor, body.previous_cursor]) keep(key.project, 'cursor', cursor);
  if (plan.operation.startsWith('POST /v1/emails')) {
    for (const { id } of [body, ...(body.data ?? [])]) keep(key.project, 'email', id);
    if (body.status === 'scheduled') keep(key.project, 'scheduled', body.id);
  } else if (plan.operation.startsWith('POST /v1/suppressions')) {
    for (const { email } of [body, ...(body.data ?? [])]) {
      keep(key.project, 'suppression', email);
      keep(key.project, 'suppressed', email);
    }
  } else if (plan.operation === 'POST /v1/domains') keep(key.project, 'domain', body.id);
  else if (plan.operation === 'POST /v1/webhooks') keep(key.project, 'webhook', body.id);
  else if (plan.operation === 'GET /v1/bounce_rules') {
    for (const { id } of body.data?.slice(0, 20) ?? []) keep(key.project, 'bounce_rule', id);
  } else if (plan.operation.endsWith('/deliveries')) {
    for (const { event_id } of body.data ?? []) keep(key.project, 'event', event_id);
  }
  if (plan.operation === 'POST /v1/api_keys' && body.key !== undefined) {
    const project = Number(body.project?.slice(1) ?? -1);
    keep(project, 'api_key', body.id);
    keys.created.push({ project, key: body.key });
  }
}

function keep(project: number, kind: string, value: string | null | undefined): void {
  if (value === null || value === undefined) return;
  const name = `${project} ${kind}`;
  pools.set(name, [...(pools.get(name) ?? []), value].slice(-400));
}

/** A project that has come to refuse unverified senders takes hardly an email: that is undone after each round. */
async function allowSenders(sent: readonly Sent[]): Promise<void> {
  const changed = sent.filter(({ plan, answer }) => plan.operation === 'PATCH /v1/project' && answer.status === 200);
  for (const { key } of changed) {
    const headers = { authorization: `Bearer ${(keys.project[key.project] ?? key).key}` };
    await postern.request('PATCH', '/v1/project', { unverified_senders: 'allow' }, headers);
  }
}

function logged(level: string): string[] {
  return postern
    .output()
    .split('\n')
    .filter((line) => line.includes(`"level":"${level}"`));
}

/** The most that a process has held, where the system tells (Linux); `null` elsewhere. */
function peakMemoryBytes(pid: number | undefined): number | null {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
