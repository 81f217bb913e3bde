import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type DelayProxy = {
  readonly port: number;
  /** Bytes that went through so far, from the client and to it. */
  readonly bytes: { readonly sent: number; readonly received: number };
  close(): void;
};

/**
 * A TCP proxy that hands on every byte `delayMs` later in each direction: a link with a round trip of twice that. It connects
 * onward `connectMs` after it was connected to; SYN, SYN-ACK and ACK of a real link take three times `delayMs`.
 */
export async function startDelayProxy(targetPort: number, delayMs: number, connectMs = 0): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const bytes = { sent: 0, received: 0 };
  const server = createServer({ noDelay: true }, (near) => {
    sockets.add(near.on('error', () => near.destroy()));
    if (connectMs === 0) joinTo(near);
    else setTimeout(() => joinTo(near), connectMs);
  });
  const joinTo = (near: Socket): void => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        bytes[from === near ? 'sent' : 'received'] += chunk.length;
        setTimeout(() => to.write(chunk), delayMs);
      });
      from.on('end', () => setTimeout(() => to.end(), delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
