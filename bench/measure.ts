import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export type SpawnedServer = {
  readonly url: string;
  /** Peak resident memory so far, in MB (VmHWM of the kernel). */
  peakMemoryMb(): number;
  /** Processor time so far, in steps of 10 ms (`/proc/<pid>/stat`: utime and stime in hundredths of a second). */
  cpuMicros(): number;
  stop(): Promise<void>;
};

/** Starts a program of this checkout in a process of its own and waits for the address that it prints. */
export async function spawnServer(program: string, settings: Record<string, string>): Promise<SpawnedServer> {
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '..', program)], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
      const found = /(?:https?|smtp):\/\/[\w.]+:\d+/.exec(output);
      if (found !== null) resolve(found[0]);
    });
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return {
    url,
    peakMemoryMb: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024,
    cpuMicros() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10_000;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** One line of a table with fixed columns. */
export function row(...cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => (index < 2 ? String(cell).padEnd(22) : String(cell).padStart(9))).join(' ');
}
