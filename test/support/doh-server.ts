import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import type { MadeCertificate } from './certificate-maker.ts';

// What is used of the two pairs of classes is the same.
type Http2Listener = Parameters<typeof createSecureServer>[1];

export type DohServer = {
  readonly url: URL;
  readonly requests: { readonly id: number; readonly method: string; readonly version: string }[];
  readonly connections: () => number;
  /** Ends all connections, and takes new ones. */
  drop(): void;
  close(): Promise<void>;
};

/** RFC 8484 in front of a server that speaks UDP; `spoil` may answer in its place, and says whether it did. */
export async function startDohServer(
  behind: number,
  certificate: MadeCertificate,
  options: {
    readonly http2?: boolean;
    readonly spoil?: (response: ServerResponse, query: Buffer) => boolean;
  } = {},
): Promise<DohServer> {
  const requests: { id: number; method: string; version: string }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query = Buffer.concat(chunks);
    requests.push({ id: query.readUInt16BE(0), method: request.method ?? '', version: request.httpVersion });
    if (options.spoil?.(response, query) === true) return;
    const body = await overUdp(behind, query);
    response.writeHead(200, { 'content-type': 'application/dns-message' });
    response.end(body);
  };
  const keys = { cert: certificate.pem, key: certificate.keyPem };
  const listener = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server =
    options.http2 === true
      ? createSecureServer(keys, listener as unknown as Http2Listener)
      : createServer(keys, listener);
  server.on('secureConnection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: new URL(`https://doh.test:${(server.address() as AddressInfo).port}/dns-query`),
    requests,
    connections: () => connections,
    drop,
    close: async () => {
      drop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function overUdp(port: number, query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  socket.send(query, port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return answer;
}
