import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';

import type { Random } from '../core/ports/random.ts';
import { newRequestId } from '../http/keys/name-request.ts';
import { problemOf, type ProblemCode } from '../http/problem-kinds.ts';

type ApiServerOptions = {
  readonly listener: RequestListener;
  readonly random: Random;
  readonly serverOptions: Pick<ServerOptions, 'requestTimeout' | 'connectionsCheckingInterval'>;
};

type Refusal = { readonly code: ProblemCode; readonly detail: string };

const malformed: Refusal = { code: 'malformed_request', detail: 'The request is not well-formed HTTP.' };
const unexpected: Refusal = { code: 'expectation_failed', detail: 'Of Expect, only 100-continue is honoured.' };

// What Node's parser and its timers give up with; by default it answers these without a body.
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'The address and the header fields take 16 KiB at most.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'body_too_large', detail: 'The extensions of a chunk are too long.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'The request did not arrive in time.' },
};

/**
 * Node's HTTP server around the API. What never becomes a request (malformed HTTP, too large headers, a body that
 * stalls) is answered with a problem and a Request-Id like everything else; the connection is closed after it, for nobody
 * knows where the next request would begin.
 */
export function createApiServer({ listener, random, serverOptions }: ApiServerOptions): Server {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const refuse = (response: ServerResponse, refusal: Refusal): void => {
    const { status, headers, body } = answerTo(refusal, random);
    response.writeHead(status, headers).end(body);
  };
  const server = createServer({ ...serverOptions, requireHostHeader: false }, (request, response) => {
    answers.set(request.socket, response);
    // HTTP/1.0, which some health checks speak, has requests without a Host.
    if (request.headers.host === undefined && request.httpVersion !== '1.0') refuse(response, malformed);
    else listener(request, response);
  });
  server.on('checkExpectation', (_, response) => refuse(response, unexpected));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const isMidAnswer = answer !== undefined && answer.headersSent && !answer.writableEnded;
    if (!socket.writable || isMidAnswer || error.code === 'ECONNRESET') socket.destroy();
    else socket.end(onTheWire(refusals[error.code ?? ''] ?? malformed, random), () => socket.destroy());
  });
  return server;
}

function answerTo({ code, detail }: Refusal, random: Random) {
  const requestId = newRequestId(random);
  const problem = problemOf(code, detail, requestId);
  const body = JSON.stringify(problem);
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Request-Id': requestId,
    Connection: 'close',
  };
  return { status: problem.status, headers, body };
}

function onTheWire(refusal: Refusal, random: Random): string {
  const { status, headers, body } = answerTo(refusal, random);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
