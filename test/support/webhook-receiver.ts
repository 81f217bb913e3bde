import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as it came in. */
export type ReceivedWebhook = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** What to answer: a status, or whatever the test does with the response itself. */
export type WebhookAnswering = number | ((request: ReceivedWebhook, response: ServerResponse) => void);

export type WebhookReceiver = {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** Connections that were opened so far. */
  connections(): number;
  /** Answers in this way from now on. */
  answerWith(answering: WebhookAnswering): void;
  /** Resolves once `count` requests have come in; rejects after ten seconds. */
  until(count: number): Promise<readonly ReceivedWebhook[]>;
  /** Ends connections that lie idle. */
  dropIdle(): void;
  close(): Promise<void>;
};

/** An endpoint on loopback, over TLS where a key is given; answers 204 until told otherwise. */
export async function startWebhookReceiver(
  tls: { readonly key: string; readonly cert: string } | null = null,
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let answering: WebhookAnswering = 204;
  let connections = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      if (typeof answering === 'number') response.writeHead(answering).end();
      else answering(one, response);
      for (const wait of waiting) if (received.length >= wait.count) wait.resolve();
    });
  };
  const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = tls === null ? 'http' : 'https';
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    connections: () => connections,
    answerWith(next) {
      answering = next;
    },
    async until(count) {
      if (received.length >= count) return received;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const wait = { count, resolve };
      waiting.add(wait);
      const late = setTimeout(() => reject(new Error(`Only ${received.length} of ${count} requests came.`)), 10_000);
      await promise.finally(() => {
        clearTimeout(late);
        waiting.delete(wait);
      });
      return received;
    },
    dropIdle: () => server.closeIdleConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
