import { spawn } from 'node:child_process';
import process from 'node:process';

import { listening } from './listening.ts';

/** Debian's mail servers that cannot be installed beside Postfix lie unpacked here (`install.sh`). */
export const unpackedPrograms = '/opt/postern-interop/usr/sbin';

export type Daemon = {
  /** What it printed so far. */
  output(): string;
  stop(): Promise<void>;
};

/** Starts a server that stays in the foreground and waits until it accepts connections there. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  at: { readonly host: string; readonly port: number },
  environment = process.env,
): Promise<Daemon> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await listening(at.port, () => output, at.host);
  return {
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
