import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { FunctionError, startRuntimeApi } from './runtime-api.ts';

/** What the platform knows of a function. */
export type FunctionSpec = {
  readonly name: string;
  /** The folder with the bundle, in which `<name>.mjs` exports `handler`. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
};

/** One execution environment: a process of its own under the runtime interface client, frozen between invocations. */
export type Sandbox = {
  readonly name: string;
  /** From its beginning to its first question for an event. */
  readonly initMs: number;
  /** Resolves with the JSON text of the answer, when the next event may be given; rejects with a FunctionError. */
  invoke(event: unknown): Promise<string>;
  isAlive(): boolean;
  /** What it wrote so far, to standard output and standard error. */
  log(): string;
  /** Its processor time so far, in steps of 10 ms (`/proc/<pid>/stat`: utime and stime in hundredths of a second). */
  cpuMs(): number;
  /** As when its machine is gone: no signal that a handler could take, and no answer any more. */
  kill(): void;
  /** Kills it, and resolves when it is gone. */
  stop(): Promise<void>;
};

const client = path.resolve(import.meta.dirname, '../../../node_modules/aws-lambda-ric/index.mjs');
const hook = pathToFileURL(path.resolve(import.meta.dirname, 'runtime-hook.ts')).href;

/** Starts a sandbox. Rejects with a FunctionError when the function does not start. */
export async function startSandbox(spec: FunctionSpec, number: number): Promise<Sandbox> {
  const startedAt = performance.now();
  const name = `${spec.name}-${number}`;
  const api = await startRuntimeApi();
  const child = spawn(process.execPath, ['--import', hook, client, `${spec.name}.handler`], {
    cwd: spec.folder,
    env: environmentOf(spec, name, api.address),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const guard = guardOf(child.pid);
  let log = '';
  let alive = true;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      alive = false;
      guard.kill();
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      api.fail(new FunctionError('Runtime.ExitError', `The sandbox ${name} ended with ${how}.\n${log.slice(-2_000)}`));
      resolve();
    });
  });
  const kill = (): void => {
    alive = false;
    child.kill('SIGKILL');
  };
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    await api.stop();
  };
  const untilIdle = async (): Promise<void> => {
    await api.idle();
    // The platform lets no time pass in a sandbox that has nothing to do.
    child.kill('SIGSTOP');
  };
  try {
    await untilIdle();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    initMs: performance.now() - startedAt,
    isAlive: () => alive,
    log: () => log,
    kill,
    stop,
    cpuMs() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async invoke(event) {
      child.kill('SIGCONT');
      const answer = api.invoke({ event, deadlineMs: Date.now() + spec.timeoutMs, functionArn: arnOf(spec.name) });
      try {
        return await withinTimeout(answer, spec.timeoutMs, kill);
      } finally {
        if (alive) await untilIdle();
      }
    },
  };
}

// A frozen process does not see that whoever started it is gone; a shell that waits for the end of its input does.
function guardOf(pid: number | undefined): ChildProcess {
  return spawn('sh', ['-c', 'read _; kill -9 "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
}

async function withinTimeout(answer: Promise<string>, timeoutMs: number, kill: () => void): Promise<string> {
  const ended = new AbortController();
  const cut = async (): Promise<never> => {
    await sleep(timeoutMs, undefined, { signal: ended.signal });
    kill();
    throw new FunctionError('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`);
  };
  const cutting = cut();
  // It is also ended by the answer, and then nobody looks.
  cutting.catch(() => undefined);
  try {
    return await Promise.race([answer, cutting]);
  } finally {
    ended.abort();
  }
}

function arnOf(name: string): string {
  return `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
}

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
function environmentOf({ name, folder, environment, memoryMb }: FunctionSpec, sandbox: string, api: string) {
  return {
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: `${name}.handler`,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_RUNTIME_API: api,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: sandbox,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: 'test',
    ...environment,
  };
}
