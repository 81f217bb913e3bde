import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call of an AWS client: `PutItem`, `SendMessageBatch` and the like, or the HTTP method for S3. */
export type AwsCall = { readonly operation: string; readonly body: string };

/**
 * What becomes of a call: it is answered with an error, or with another body, before the service has seen it; or the service
 * does it and the answer is lost.
 */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'lose_answer' }
  | FaultAfter;

/** What a service answered with. */
export type AwsAnswer = { readonly status: number; readonly body: string };

/** The call passes; `after` runs before its answer goes out. */
type FaultAfter = { readonly kind: 'pass'; readonly after: (answer: AwsAnswer) => Promise<unknown> };

export type FaultyProxy = {
  readonly endpoint: string;
  /** Every call since the last `heal`, in order. */
  readonly calls: readonly AwsCall[];
  /** From now on each call goes by `fault`; `null` lets it pass. It may wait, or do something else first. */
  fail(fault: (call: AwsCall) => Fault | null | Promise<Fault | null>): void;
  heal(): void;
  stop(): Promise<void>;
};

/** The JSON error that DynamoDB and SQS answer with. */
export function awsError(name: string, status = 400): Fault {
  return { kind: 'answer', status, body: JSON.stringify({ __type: `com.amazonaws#${name}`, message: name }) };
}

export async function startFaultyProxy(ports: {
  readonly dynamodb: number;
  readonly others: number;
}): Promise<FaultyProxy> {
  let fault: Parameters<FaultyProxy['fail']>[0] = () => null;
  const calls: AwsCall[] = [];
  const agent = new Agent({ keepAlive: true });
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    const target = incoming.headers['x-amz-target'];
    const operation = typeof target === 'string' ? (target.split('.')[1] ?? '') : (incoming.method ?? '');
    const call = { operation, body: body.toString() };
    calls.push(call);
    const decided = await fault(call);
    if (decided?.kind === 'answer') {
      answer.writeHead(decided.status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(decided.body);
      return;
    }
    const port = String(target).startsWith('DynamoDB') ? ports.dynamodb : ports.others;
    const answered = await forward(incoming, body, port, agent);
    if (decided?.kind === 'pass') await decided.after({ status: answered.status, body: answered.body.toString() });
    if (decided?.kind === 'lose_answer') answer.destroy();
    else answer.writeHead(answered.status, answered.headers).end(answered.body);
  };
  const server = createServer((incoming, answer) => {
    handle(incoming, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail(next) {
      fault = next;
    },
    heal() {
      fault = () => null;
      calls.length = 0;
    },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Answered = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer };

async function forward(incoming: IncomingMessage, body: Buffer, port: number, agent: Agent): Promise<Answered> {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent });
  outgoing.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  const chunks = (await response.toArray()) as Buffer[];
  return { status: response.statusCode ?? 500, headers: response.headers, body: Buffer.concat(chunks) };
}
