import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A real process on a store, and the lines that it has printed so far. */
export type StoreProcess = {
  readonly lines: readonly string[];
  /** Ends when a line matches, or fails when the process ends without one. */
  waitFor(pattern: RegExp, count?: number): Promise<void>;
  kill(): Promise<void>;
};

/** Runs store-child.ts; `prefix` is a shell command line that runs the rest as its arguments. */
export function startStoreProcess(
  directory: string,
  mode: 'admit' | 'claim' | 'hold' = 'admit',
  { prefix = 'exec "$@"', environment = {} }: { prefix?: string; environment?: Record<string, string> } = {},
): StoreProcess {
  const program = path.join(import.meta.dirname, 'store-child.ts');
  const child: ChildProcess = spawn('/bin/sh', ['-c', prefix, 'sh', process.execPath, program, directory, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  const wake = (): void => waiters.forEach((waiter) => waiter());
  if (child.stdout === null) throw new Error('The child has a standard output.');
  const closed = once(child, 'close');
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  void closed.then(wake);
  return {
    lines,
    async waitFor(pattern, count = 1) {
      while (lines.filter((line) => pattern.test(line)).length < count) {
        if (child.exitCode !== null) throw new Error(`The process has ended: ${lines.join('\n')}`);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiters.add(resolve);
        await promise;
        waiters.delete(resolve);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** The ids, and sizes of content, that the process has printed behind `word`. */
export function printed(process: StoreProcess, word: 'accepted' | 'refused'): { id: string; size: number }[] {
  return process.lines
    .map((line) => line.split(' '))
    .filter(([first]) => first === word)
    .map(([, id = '', size]) => ({ id, size: Number(size) }));
}
