import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the platform hands to the runtime for one invocation. */
export type Invocation = {
  readonly event: unknown;
  /** Wall clock, in milliseconds. */
  readonly deadlineMs: number;
  readonly functionArn: string;
};

/** An invocation that did not end with an answer; `type` is the runtime's or the platform's name for it. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** The side of the Lambda Runtime API that the platform keeps, for one sandbox. */
export type RuntimeApi = {
  /** Host and port, as `AWS_LAMBDA_RUNTIME_API` has them. */
  readonly address: string;
  /** Resolves when the runtime asks for its next event; rejects when it could not start, or is gone. */
  idle(): Promise<void>;
  /** Hands over an event; the runtime must be idle. Resolves with the JSON text of the answer, rejects with a FunctionError. */
  invoke(invocation: Invocation): Promise<string>;
  /** The runtime is gone: whoever waits for it is told why, now and from now on. */
  fail(error: FunctionError): void;
  stop(): Promise<void>;
};

const prefix = '/2018-06-01/runtime';

type Running = { readonly id: string } & Pick<PromiseWithResolvers<string>, 'resolve' | 'reject'>;

/** Serves a runtime on a loopback port of its own. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  let next: ServerResponse | null = null;
  let running: Running | null = null;
  let failure: FunctionError | null = null;
  let waiting: PromiseWithResolvers<void>[] = [];

  const fail = (error: FunctionError): void => {
    failure ??= error;
    running?.reject(failure);
    running = null;
    for (const { reject } of waiting) reject(failure);
    waiting = [];
  };
  const routes: Readonly<Record<string, (id: string, request: IncomingMessage, body: string) => number>> = {
    response: (id, _request, body) => ended(id, (one) => one.resolve(body)),
    error: (id, request, body) => ended(id, (one) => one.reject(reported(request, body))),
  };
  const ended = (id: string, end: (one: Running) => void): number => {
    if (running?.id !== id) return 400;
    const one = running;
    running = null;
    end(one);
    return 202;
  };
  const handle = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    const path = (request.url ?? '').slice(prefix.length);
    if (request.method === 'GET' && path === '/invocation/next') {
      next = answer;
      for (const { resolve } of waiting) resolve();
      waiting = [];
      return;
    }
    const [, id = '', kind = ''] = /^\/invocation\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (path === '/init/error') fail(reported(request, body));
    const status = path === '/init/error' ? 202 : (routes[kind]?.(id, request, body) ?? 404);
    answer.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, answer) => {
    handle(request, answer).catch(() => answer.destroy());
  });
  // A runtime may be idle for long, and its sandbox be frozen meanwhile.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail,
    idle() {
      if (failure !== null) return Promise.reject(failure);
      if (next !== null) return Promise.resolve();
      const waits = Promise.withResolvers<void>();
      waiting.push(waits);
      return waits.promise;
    },
    invoke({ event, deadlineMs, functionArn }) {
      if (failure !== null) return Promise.reject(failure);
      if (next === null || running !== null) throw new Error('The runtime is not idle.');
      const id = randomUUID();
      const { promise, ...settled } = Promise.withResolvers<string>();
      running = { id, ...settled };
      next.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': id,
        'lambda-runtime-deadline-ms': String(deadlineMs),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      });
      next.end(JSON.stringify(event));
      next = null;
      return promise;
    },
    async stop() {
      fail(new FunctionError('Runtime.Stopped', 'The sandbox was stopped.'));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function reported(request: IncomingMessage, body: string): FunctionError {
  const { errorType, errorMessage } = JSON.parse(body) as { errorType?: string; errorMessage?: string };
  const type = errorType ?? String(request.headers['lambda-runtime-function-error-type']);
  return new FunctionError(type, errorMessage ?? '');
}
