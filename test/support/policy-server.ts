import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import type { SecureContextOptions } from 'node:tls';

import type { MadeCertificate } from './certificate-maker.ts';

export type PolicyServer = {
  readonly port: number;
  readonly requests: { readonly host: string; readonly url: string; readonly servername: string }[];
  /** What is served from now on: a text, or anything else with the response. */
  serve(what: string | ((response: ServerResponse) => void)): void;
  close(): Promise<void>;
};

/** A web server on loopback with MTA-STS policies, the same for every name. */
export async function startPolicyServer(
  text: string,
  certificate: MadeCertificate,
  options: SecureContextOptions & { readonly port?: number; readonly address?: string } = {},
): Promise<PolicyServer> {
  const sockets = new Set<Socket>();
  let served: string | ((response: ServerResponse) => void) = text;
  const requests: { host: string; url: string; servername: string }[] = [];
  const { port = 0, address = '127.0.0.1', ...secure } = options;
  const keys = { cert: certificate.pem, key: certificate.keyPem, ...secure };
  const server = createServer(keys, (request, response) => {
    const { servername } = request.socket as { servername?: string | false };
    requests.push({ host: request.headers.host ?? '', url: request.url ?? '', servername: String(servername) });
    if (typeof served === 'string') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(served);
    } else served(response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    serve: (what) => void (served = what),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The text of a policy. */
export function policyText(mode: string, mx: readonly string[], maxAgeSeconds = 604_800): string {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((host) => `mx: ${host}`), `max_age: ${maxAgeSeconds}`, ''].join(
    '\r\n',
  );
}
