import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AwsStack, startAwsStack } from './platform/stack.ts';

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
    let status = '';
    while (status !== 'relayed') {
      await sleep(50);
      const found = await stack.request('GET', `/v1/emails/${id}`);
      ({ status } = JSON.parse(found.body) as { status: string });
    }
    expect(stack.sink.messages.map(({ to }) => to)).toEqual([['bob@two.example']]);
    expect(stack.functions.deliver.reports.map(({ error }) => error)).toEqual([null]);
  });
});
