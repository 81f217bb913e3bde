import { fork } from 'node:child_process';
import path from 'node:path';

/** One timed run: so many copies of a message of this size to the sink at `port`. */
export type Run = {
  readonly port: number;
  readonly connections: number;
  readonly messages: number;
  readonly sizeBytes: number;
  readonly signed: boolean;
};

/** What a run took: wall time, and processor time of the sending process on all of its threads. */
export type Taken = { readonly seconds: number; readonly cpuMicros: number };

/** Runs something until every message is accounted for, between the two calls of `timed`. */
export type Sender = (run: Run, content: Buffer, timed: <T>(work: () => Promise<T>) => Promise<T>) => Promise<void>;

/** In the sending process: answers one run after the other. */
export function answerRuns(send: Sender): void {
  process.on('message', (run: Run) => {
    let taken: Taken | null = null;
    const timed = async <T>(work: () => Promise<T>): Promise<T> => {
      // What the preparation left behind is not part of the run.
      globalThis.gc?.();
      const start = performance.now();
      const before = process.cpuUsage();
      const result = await work();
      const { user, system } = process.cpuUsage(before);
      taken = { seconds: (performance.now() - start) / 1_000, cpuMicros: user + system };
      return result;
    };
    void send(run, contentOf(run.sizeBytes), timed).then(() => process.send?.(taken));
  });
}

/** In the measuring process: a sender in a process of its own, so that neither side pays for the other's garbage. */
export function startSender(program: string): { run(run: Run): Promise<Taken>; stop(): void } {
  const child = fork(path.join(import.meta.dirname, program), { execArgv: ['--expose-gc'] });
  return {
    run: (run) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null): void => reject(new Error(`${program} ended with ${code}`));
        child.once('exit', ended);
        child.once('message', (taken) => {
          child.off('exit', ended);
          resolve(taken as Taken);
        });
        child.send(run);
      }),
    stop: () => child.disconnect(),
  };
}

function contentOf(bytes: number): Buffer {
  const header =
    'From: alice@sender.example\r\nTo: bob@one.example\r\nSubject: Measured\r\nMessage-ID: <x@sender.example>\r\nDate: Wed, 25 Nov 2026 09:00:00 +0000\r\n\r\n';
  const line = 'All work and no play makes Jack a dull boy, and mail a dull thing to measure.\r\n';
  return Buffer.from(header + line.repeat(Math.ceil((bytes - header.length) / line.length)));
}
