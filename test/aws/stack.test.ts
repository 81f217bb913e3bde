import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AwsStack, startAwsStack } from './platform/stack.ts';
import { until } from './platform/until.ts';

const mail = { from: 'shop@one.example', to: 'bob@two.example', subject: 'Hello', text: 'Hello.' };

let stack: AwsStack;
beforeAll(async () => {
  stack = await startAwsStack({ windowMs: 100, sweepEveryMs: 1_000, sink: { keep: true } });
}, 60_000);
afterAll(() => stack.stop());

describe('the functions as Lambda runs them', () => {
  it('take one email from the HTTP API to the far side, each in a process of its own', async () => {
    await stack.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
    const accepted = await stack.request('POST', '/v1/emails', { body: mail });
    expect(accepted.statusCode).toBe(202);
    const { id } = JSON.parse(accepted.body) as { id: string };
    const statusOf = async (): Promise<string> => {
      const found = await stack.request('GET', `/v1/emails/${id}`);
      return (JSON.parse(found.body) as { status: string }).status;
    };
    await until('the email is relayed', 15_000, async () => (await statusOf()) === 'relayed');
    expect(stack.sink.messages.map(({ to }) => to)).toEqual([['bob@two.example']]);
    // The outcome is on record before the function has answered.
    await expect.poll(() => stack.functions.deliver.reports.map(({ error }) => error)).toEqual([null]);
  });
});
