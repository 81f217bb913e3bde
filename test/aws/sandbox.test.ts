import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { createLambdaFunction, type LambdaFunction } from './platform/lambda-function.ts';

const temporary = temporaryDirectory();
const started: LambdaFunction[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});
afterAll(() => temporary.dispose());

let folders = 0;

/** A function with this source. */
function functionOf(source: string, { timeoutMs = 10_000, most = 1 } = {}): LambdaFunction {
  const folder = path.join(temporary.directory, String(++folders));
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'example.mjs'), source);
  const spec = { name: 'example', folder, environment: { GREETING: 'Hello' }, timeoutMs, memoryMb: 512 };
  const created = createLambdaFunction(() => spec, most);
  started.push(created);
  return created;
}

describe('a sandbox', () => {
  it('hands the event and the context to the handler, and keeps what the module holds', async () => {
    const counted = functionOf(`
      let count = 0;
      export const handler = async (event, context) => ({
        event, count: ++count, name: context.functionName, left: context.getRemainingTimeInMillis(),
        greeting: process.env.GREETING,
      });`);
    const first = await counted.invoke({ a: ['é'] });
    expect(first).toMatchObject({ event: { a: ['é'] }, count: 1, name: 'example', greeting: 'Hello' });
    const { left } = first as { left: number };
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(10_000);
    expect(await counted.invoke({})).toMatchObject({ count: 2 });
    expect(counted.sandboxes).toHaveLength(1);
  });

  it('lets no time pass between invocations', async () => {
    const ticking = functionOf(`
      let ticks = 0;
      setInterval(() => ticks++, 5);
      export const handler = async () => ticks;`);
    const before = (await ticking.invoke({})) as number;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(((await ticking.invoke({})) as number) - before).toBeLessThan(50);
  });

  it('goes on after a handler that threw, and tells its caller what', async () => {
    const throwing = functionOf(`
      export const handler = async ({ fails }) => { if (fails) throw new TypeError('No.'); return 'Yes.'; };`);
    await expect(throwing.invoke({ fails: true })).rejects.toMatchObject({ type: 'TypeError', message: 'No.' });
    expect(await throwing.invoke({})).toBe('Yes.');
    expect(throwing.sandboxes).toHaveLength(1);
    expect(throwing.reports.map(({ error }) => error?.type ?? null)).toEqual(['TypeError', null]);
  });

  it('is killed when its time is over, and another one is started (Q02)', async () => {
    const slow = functionOf(
      `export const handler = async ({ ms }) => { await new Promise((resolve) => setTimeout(resolve, ms)); return ms; };`,
      { timeoutMs: 300 },
    );
    await expect(slow.invoke({ ms: 60_000 })).rejects.toThrow('Task timed out after 0.30 seconds');
    expect(await slow.invoke({ ms: 1 })).toBe(1);
    expect(slow.sandboxes.map((sandbox) => sandbox.isAlive())).toEqual([false, true]);
  });

  it('answers nobody any more when it was killed', async () => {
    const hanging = functionOf(`export const handler = () => new Promise(() => setInterval(() => undefined, 1_000));`);
    const invoked = hanging.invoke({});
    await expect.poll(() => hanging.sandboxes.length, { timeout: 15_000 }).toBe(1);
    hanging.sandboxes[0]?.kill();
    await expect(invoked).rejects.toMatchObject({ type: 'Runtime.ExitError' });
  });

  it('says why a function cannot start', async () => {
    const broken = functionOf(`throw new Error('There is no key.'); export const handler = 1;`);
    await expect(broken.invoke({})).rejects.toMatchObject({ message: 'There is no key.' });
  });

  it('is one of as many as there are invocations at a time, up to the limit', async () => {
    const waiting = functionOf(
      `export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 100)); return process.pid; };`,
      { most: 2 },
    );
    const pids = await Promise.all(Array.from({ length: 6 }, () => waiting.invoke({})));
    expect(new Set(pids).size).toBe(2);
  });
});
