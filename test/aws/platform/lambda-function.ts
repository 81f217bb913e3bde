import type { FunctionError } from './runtime-api.ts';
import { type FunctionSpec, type Sandbox, startSandbox } from './sandbox.ts';

/** What an invocation cost, for whoever counts. */
export type InvocationReport = {
  readonly sandbox: string;
  readonly durationMs: number;
  /** What starting a sandbox for it took; 0 when there was one. */
  readonly initMs: number;
  readonly error: FunctionError | null;
};

/** A function as its callers see it: as many sandboxes as there are invocations at a time, up to a limit. */
export type LambdaFunction = {
  /** Resolves with the answer. Rejects with a FunctionError when the handler threw, or its sandbox is gone. */
  invoke(event: unknown): Promise<unknown>;
  readonly reports: readonly InvocationReport[];
  /** Every sandbox that was started, in order; also those that are gone. */
  readonly sandboxes: readonly Sandbox[];
  stop(): Promise<void>;
};

/** The function of each sandbox; its number begins with 1. */
export type SpecOf = (sandbox: number) => FunctionSpec;

export function createLambdaFunction(specOf: SpecOf, mostSandboxes: number): LambdaFunction {
  const sandboxes: Sandbox[] = [];
  const reports: InvocationReport[] = [];
  const idle = new Set<Sandbox>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let starting = 0;
  let stopped = false;

  const taken = async (): Promise<{ readonly sandbox: Sandbox; readonly initMs: number }> => {
    // The oldest first, so that a test knows which one is given work.
    const sandbox = sandboxes.find((one) => idle.has(one) && one.isAlive());
    if (sandbox !== undefined) {
      idle.delete(sandbox);
      return { sandbox, initMs: 0 };
    }
    const number = sandboxes.length + starting + 1;
    starting++;
    try {
      const started = await startSandbox(specOf(number), number);
      sandboxes.push(started);
      if (stopped) await started.stop();
      return { sandbox: started, initMs: started.initMs };
    } finally {
      starting--;
    }
  };
  return {
    reports,
    sandboxes,
    async invoke(event) {
      while (busy >= mostSandboxes) await new Promise<void>((resolve) => waiting.push(resolve));
      busy++;
      try {
        const { sandbox, initMs } = await taken();
        const startedAt = performance.now();
        const report = (error: FunctionError | null): void => {
          const durationMs = performance.now() - startedAt;
          reports.push({ sandbox: sandbox.name, durationMs, initMs, error });
        };
        try {
          const text = await sandbox.invoke(event);
          report(null);
          return JSON.parse(text) as unknown;
        } catch (error) {
          report(error as FunctionError);
          throw error;
        } finally {
          idle.add(sandbox);
        }
      } finally {
        busy--;
        waiting.shift()?.();
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
    },
  };
}
