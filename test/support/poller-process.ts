import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

import { temporaryDirectory } from '../adapters/temporary-store.ts';

export type PollerProcess = {
  readonly child: ChildProcess;
  /** Everything it printed so far, standard output and standard error together. */
  output(): string;
  /** Resolves with the exit code, or the signal's name, when it has ended. */
  readonly ended: Promise<number | string | null>;
};

let built: string | null = null;
const temporary = temporaryDirectory();
process.once('exit', () => temporary.dispose());

/** What `npm run build:poller` makes, in a folder with nothing else in it or above it; made once in a test file. */
export function builtPoller(): string {
  if (built !== null) return built;
  const folder = path.join(temporary.directory, 'poller');
  execFileSync(process.execPath, ['build/poller.ts', folder], { cwd: path.resolve(import.meta.dirname, '../..') });
  return (built = folder);
}

/** Starts the bundle with nothing but these variables; resolves when it has started or ended. */
export async function startPoller(environment: Readonly<Record<string, string>>): Promise<PollerProcess> {
  const child = spawn(process.execPath, ['poll.mjs'], {
    cwd: builtPoller(),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const started = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('"event":"started"')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  await Promise.race([started, ended]);
  return { child, output: () => output, ended };
}
