import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerResponse } from 'node:http';

import type { MadeCertificate } from './certificate-maker.ts';

export type PostedReport = { readonly url: string; readonly contentType: string; readonly body: Buffer };

export type ReportServer = {
  readonly port: number;
  readonly posted: PostedReport[];
  close(): Promise<void>;
};

/** A web server on loopback that takes reports; `answer` says how it answers, and by default it thanks. */
export async function startReportServer(
  certificate: MadeCertificate,
  answer: (response: ServerResponse) => void = (response) => response.writeHead(201).end('thanks'),
): Promise<ReportServer> {
  const sockets = new Set<Socket>();
  const posted: PostedReport[] = [];
  const server = createServer({ cert: certificate.pem, key: certificate.keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const contentType = request.headers['content-type'] ?? '';
      posted.push({
        url: `${request.method} ${request.headers.host}${request.url}`,
        contentType,
        body: Buffer.concat(chunks),
      });
      answer(response);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    posted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
