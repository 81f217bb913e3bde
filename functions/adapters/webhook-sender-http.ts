import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';

import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../core/ports/webhook-sender.ts';
import { askedWaitMs, failureOfCode, storedAnswer, type WebhookFailure } from '../core/webhooks/webhook-answer.ts';
import { refusalOfWebhookUrl } from '../core/webhooks/webhook-url.ts';

/** The vetted addresses of a host, in the order to try them, or why there are none. */
type FindAddresses = (
  host: string,
  deadline: number,
) => Promise<
  | { readonly kind: 'addresses'; readonly ips: readonly string[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'none' }
  | { readonly kind: 'failure'; readonly detail: string }
>;

export type HttpWebhookSenderOptions = {
  readonly findAddresses: FindAddresses;
  /** Plain http and any port too. */
  readonly allowPrivateAddresses: boolean;
  /** PEM, trusted beside what the platform trusts. */
  readonly trustedCas: readonly string[];
  readonly clock: Clock;
  /** Instead of `limits.webhookAnswerMs` and `limits.webhookConnectMs`, in tests. */
  readonly times?: { readonly answerMs: number; readonly connectMs: number };
};

type Failure = WebhookFailure;
type Agents = { readonly http: http.Agent; readonly https: https.Agent };

/** Idle connections are kept for so long, for the next event to the same host. */
const idleMs = 4_000;
const idleConnectionsPerHost = 10;

class Refusal extends Error {
  readonly code: string;
  constructor({ code, detail }: Failure) {
    super(detail);
    this.code = code;
  }
}

/**
 * Posts with Node's own client. Names are resolved and vetted by `findAddresses` when a connection is made, and what it answers
 * is what is dialled: nobody asks for the name once more. Connections are kept for the next event to the same host.
 */
export function createHttpWebhookSender(options: HttpWebhookSenderOptions): WebhookSender {
  const answerMs = options.times?.answerMs ?? limits.webhookAnswerMs;
  const connectMs = options.times?.connectMs ?? limits.webhookConnectMs;
  const agents = createAgents(options.trustedCas);
  const lookup = vettedLookup(options, connectMs);
  const post: WebhookSender['post'] = async (request, signal) => {
    const refusal = await refusalOf(request, options, connectMs);
    if (refusal !== null) return { kind: 'error', ip: null, ...refusal };
    const ending = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    return await exchange(request, agents, lookup, connectMs, ending);
  };
  const close = (): void => {
    agents.http.destroy();
    agents.https.destroy();
  };
  return { post, close };
}

function createAgents(trustedCas: readonly string[]): Agents {
  const shared = { keepAlive: true, maxFreeSockets: idleConnectionsPerHost, timeout: idleMs };
  const ca = trustedCas.length === 0 ? {} : { ca: [...getCACertificates('default'), ...trustedCas] };
  return { http: new http.Agent(shared), https: new https.Agent({ ...shared, ...ca }) };
}

// Node looks up names only, so an address in the URL is vetted here.
async function refusalOf(
  { url }: WebhookRequest,
  { allowPrivateAddresses, findAddresses, clock }: HttpWebhookSenderOptions,
  connectMs: number,
): Promise<Failure | null> {
  const why = refusalOfWebhookUrl(url, allowPrivateAddresses);
  if (why !== null) return { code: 'url_not_allowed', detail: why };
  const host = hostOf(url);
  if (isIP(host) === 0) return null;
  const found = await findAddresses(host, clock.now() + connectMs);
  return found.kind === 'addresses' ? null : failureOf(found);
}

function vettedLookup({ findAddresses, clock }: HttpWebhookSenderOptions, connectMs: number): LookupFunction {
  return (host, { all }, callback) => {
    const answer = async (): Promise<void> => {
      const found = await findAddresses(host, clock.now() + connectMs);
      if (found.kind !== 'addresses') return callback(new Refusal(failureOf(found)), []);
      const addresses = found.ips.map((address) => ({ address, family: isIP(address) }));
      const [first] = addresses;
      if (all === true || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    };
    void answer();
  };
}

function exchange(
  request: WebhookRequest,
  agents: Agents,
  lookup: LookupFunction,
  connectMs: number,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const { url, headers, body } = request;
  const secure = url.startsWith('https:');
  return new Promise((resolve) => {
    const sent = (secure ? https : http).request(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      lookup,
      signal,
      headers: { ...headers, accept: '*/*', 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body) },
    });
    let ip: string | null = null;
    const slow = setTimeout(
      () => sent.destroy(new Refusal({ code: 'connect_timeout', detail: 'No connection was made in time.' })),
      connectMs,
    );
    sent.on('socket', (socket) => {
      const connected = (): void => {
        clearTimeout(slow);
        ip = socket.remoteAddress ?? null;
      };
      if (sent.reusedSocket) connected();
      else socket.once(secure ? 'secureConnect' : 'connect', connected);
    });
    let answered = false;
    sent.on('response', (response) => {
      answered = true;
      void readAnswer(response).then((answer) => resolve({ ...answer, ip }));
    });
    // Node has let go of the connection by then, and reports neither an error nor an end.
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ kind: 'answer', status: response.statusCode ?? 101, body: '', retryAfterMs: null, ip });
    });
    sent.on('error', (error) => {
      if (answered) return;
      // A connection that the endpoint closed while it lay idle says nothing about the endpoint.
      const again = sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET' && !signal.aborted;
      if (again) resolve(exchange(request, agents, lookup, connectMs, signal));
      else resolve({ kind: 'error', ip, ...failureIn(error) });
    });
    sent.on('close', () => clearTimeout(slow));
    sent.end(body);
  });
}

// The verdict is the status: a body that stalls, breaks off or goes on for ever changes nothing about it.
async function readAnswer(response: http.IncomingMessage): Promise<Omit<WebhookAnswer & { kind: 'answer' }, 'ip'>> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      octets += chunk.length;
      chunks.push(chunk);
      if (octets > limits.webhookAnswerOctets) break;
    }
  } catch {}
  return {
    kind: 'answer',
    status: response.statusCode ?? 0,
    body: storedAnswer(Buffer.concat(chunks)),
    retryAfterMs: askedWaitMs(response.headers['retry-after']),
  };
}

function failureOf(found: Exclude<Awaited<ReturnType<FindAddresses>>, { kind: 'addresses' }>): Failure {
  switch (found.kind) {
    case 'refused':
      return { code: 'address_not_allowed', detail: 'The endpoint is at an address that is not public.' };
    case 'none':
      return { code: 'no_address', detail: 'The host has no address.' };
    case 'failure':
      return { code: 'dns_failure', detail: found.detail };
  }
}

function failureIn(error: Error): Failure {
  if (error instanceof Refusal) return { code: error.code, detail: error.message };
  return failureOfCode((error as NodeJS.ErrnoException).code ?? error.name);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.+)\]$/, '$1');
}
