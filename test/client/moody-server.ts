import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** What the server does with one request. */
export type Mood = (response: ServerResponse, request: SeenRequest) => void;

export type MoodyServer = { readonly url: string; readonly seen: SeenRequest[]; close(): void };

/** A real HTTP server on loopback that meets each request in the next of the given moods, and the last one from then on. */
export async function startMoodyServer(...moods: readonly Mood[]): Promise<MoodyServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
      const mood = moods[Math.min(seen.length, moods.length - 1)];
      seen.push(request);
      mood?.(response, request);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Mood {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A problem as Postern answers it. */
export function problem(
  status: number,
  code: string,
  retryable: boolean,
  headers: Readonly<Record<string, string>> = {},
  errors?: readonly object[],
): Mood {
  return json(
    status,
    {
      type: `/problems/${code}`,
      title: code,
      status,
      code,
      detail: `It is ${code}.`,
      request_id: 'req_1',
      retryable,
      errors,
    },
    { 'Content-Type': 'application/problem+json', 'Request-Id': 'req_1', ...headers },
  );
}

/** Ends the connection without an answer. */
export const hangUp: Mood = (response) => {
  response.destroy();
};

/** Ends the connection in the middle of the answer. */
export const breakOff: Mood = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"id":"em_', () => response.destroy());
};

/** Never answers. */
export const keepSilent: Mood = () => undefined;
