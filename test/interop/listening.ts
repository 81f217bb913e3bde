import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once something accepts connections on the port. */
export async function listening(port: number, log: () => string, host = '127.0.0.1'): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, host);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      // A client that speaks before the greeting has ended, or leaves without QUIT, would stand in the log as a fault.
      socket.on('data', (chunk: Buffer) => /^\d{3} /m.test(chunk.toString('latin1')) && socket.end('QUIT\r\n'));
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`Nothing listens on port ${port}:\n${log()}`);
}
