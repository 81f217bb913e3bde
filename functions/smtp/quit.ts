import { bounds } from './bounds.ts';
import { commandLine } from './mail-commands.ts';
import type { Wire } from './wire.ts';

const never = new AbortController().signal;

/** Closes a connection: with QUIT (RFC 5321 §4.1.1.10) while there is somebody to say it to, and in at most `bounds.quitMs`. */
export async function politelyClosed(wire: Wire): Promise<void> {
  const now = performance.now();
  wire.release(() => {});
  wire.attend({ startedAt: now, endsAt: now + bounds.quitMs, signal: never });
  wire.send(commandLine('QUIT'), 1);
  await wire.read(bounds.quitMs);
  wire.destroy();
}
