import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { startPostern } from '../support/postern-process.ts';

it('A simulated recipient who complains is told of as one, and is not suppressed', async () => {
  const temporary = temporaryDirectory();
  const postern = await startPostern(temporary.directory);
  try {
    const email = { from: 'a@sender.example', to: 'complained@one.example', subject: 'Hello', text: 'Hello' };
    const { id } = (await (await postern.request('POST', '/v1/emails', email)).json()) as { id: string };
    const types = async (): Promise<string[]> => {
      const answer = await postern.request('GET', `/v1/emails/${id}/events`);
      return ((await answer.json()) as { data: { type: string }[] }).data.map(({ type }) => type);
    };
    while ((await types()).length < 3) await sleep(20);
    expect(await types()).toEqual(['email.queued', 'email.delivered', 'email.complained']);
    expect((await postern.request('GET', '/v1/suppressions/complained@one.example')).status).toBe(404);
  } finally {
    await postern.stop('SIGKILL');
    temporary.dispose();
  }
}, 15_000);
