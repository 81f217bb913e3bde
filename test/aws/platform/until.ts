import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is yes. Rejects, and says what was waited for, when that takes too long. */
export async function until(what: string, withinMs: number, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const latest = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > latest) throw new Error(`After ${withinMs} ms it was not so that ${what}.`);
    await sleep(200);
  }
}
