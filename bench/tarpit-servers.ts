import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export type TarpitServers = {
  readonly addresses: readonly string[];
  /** Connections that are open now. */
  open(): number;
  close(): void;
};

/** Where a tarpit begins to drip; what comes before is answered like anywhere else. */
const moments = ['greeting', 'EHLO', 'RCPT'] as const;

/**
 * `count` servers, each at an address of its own in 127.1.0.0/16, that send one byte of an endless reply every `dripMs`: a
 * third of them from the greeting on, a third in their answer to EHLO, and a third in that to RCPT.
 */
export async function startTarpits(count: number, port: number, dripMs: number): Promise<TarpitServers> {
  const sockets = new Set<Socket>();
  const addresses = Array.from(
    { length: count },
    (_, index) => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`,
  );
  const servers = addresses.map((address, index) => {
    const moment = moments[index % moments.length] ?? 'greeting';
    return createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
      receive(socket, moment, dripMs);
    }).listen(port, address);
  });
  await Promise.all(servers.map((server: Server) => once(server, 'listening')));
  return {
    addresses,
    open: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}

function receive(socket: Socket, moment: (typeof moments)[number], dripMs: number): void {
  const say = (code: number, verb: string): void => {
    if (verb === moment) drip(socket, `${code}-`, dripMs);
    else socket.write(`${code} tarpit.test\r\n`);
  };
  say(220, 'greeting');
  socket.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('latin1').split('\r\n')) {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'QUIT') socket.end('221 bye\r\n');
      else if (verb !== '') say(250, verb);
    }
  });
}

function drip(socket: Socket, first: string, dripMs: number): void {
  socket.write(first);
  const timer = setInterval(() => socket.write('.'), dripMs);
  socket.once('close', () => clearInterval(timer));
}
