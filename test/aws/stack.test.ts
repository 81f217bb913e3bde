import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AwsStack, startAwsStack } from './platform/stack.ts';
import { until } from './platform/until.ts';

let stack: AwsStack;
beforeAll(async () => {
  stack = await startAwsStack({ windowMs: 100, sweepEveryMs: 60_000, sink: { keep: true } });
  await stack.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
}, 60_000);
afterAll(() => stack.stop());

type Seen = { readonly status: string; readonly recipients: readonly { readonly attempts: readonly unknown[] }[] };

/** Sends one email, and resolves with how it ended when the function is frozen again. */
async function deliver(to: string): Promise<Seen> {
  const invoked = stack.functions.deliver.reports.length;
  const body = { from: 'shop@one.example', to, subject: 'Hello', text: 'Hello.' };
  const accepted = await stack.request('POST', '/v1/emails', { body });
  expect(accepted.statusCode).toBe(202);
  const { id } = JSON.parse(accepted.body) as { id: string };
  await until('the job was worked on', 15_000, () => stack.functions.deliver.reports.length > invoked);
  return JSON.parse((await stack.request('GET', `/v1/emails/${id}`)).body) as Seen;
}

describe('the functions as Lambda runs them', () => {
  it('take one email from the HTTP API to the far side, each in a process of its own', async () => {
    expect(await deliver('bob@two.example')).toMatchObject({ status: 'relayed' });
    expect(stack.sink.messages.map(({ client, to }) => [client, to])).toEqual([
      ['deliver-1.test', ['bob@two.example']],
    ]);
    const { submit, deliver: worker } = stack.functions;
    expect([...submit.reports, ...worker.reports].map(({ error }) => error)).not.toContainEqual(expect.anything());
  });

  it.each([
    ['that the far side ended while they were frozen', async () => stack.sink.hangUp()],
    // Longer than an idle connection is kept: what lies between may have forgotten it without a word.
    ['that lay idle for long while they were frozen', () => sleep(5_500)],
  ])('lose no attempt to a connection %s (S24)', async (_why, whileFrozen) => {
    await deliver('bob@two.example');
    const before = stack.sink.connections();
    await whileFrozen();
    const { status, recipients } = await deliver('eve@two.example');
    expect([status, recipients[0]?.attempts.length]).toEqual(['relayed', 1]);
    expect(stack.sink.connections()).toBe(before + 1);
    expect(stack.sink.messages.filter(({ to }) => to[0] === 'eve@two.example').length).toBeGreaterThan(0);
  });
});
