import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const entry = [process.execPath, 'functions/local.ts'] as const;

export type PosternProcess = {
  readonly url: string;
  readonly key: string;
  readonly child: ChildProcess;
  /** Everything it printed so far, standard output and standard error together. */
  output(): string;
  request(method: string, route: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Ends it and resolves with the exit code, or the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | string | null>;
};

/** Starts the single process on a free port, by `command` in the project's folder, and waits until it serves. */
export async function startPostern(
  dataDir: string,
  settings: Record<string, string> = {},
  command: readonly [program: string, ...args: string[]] = entry,
): Promise<PosternProcess> {
  const [program, ...args] = command;
  const key = settings['POSTERN_API_KEY'] ?? 'a-key-for-tests-of-forty-characters-0123';
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], POSTERN_PORT: '0', POSTERN_DATA_DIR: dataDir, POSTERN_API_KEY: key, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /https?:\/\/[\w.:[\]-]+:\d+/.exec(output);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`Postern ended with ${code} before it served:\n${output}`)));
  });
  return {
    url,
    key,
    child,
    output: () => output,
    request: (method, route, body, headers = {}) =>
      fetch(`${url}${route}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
