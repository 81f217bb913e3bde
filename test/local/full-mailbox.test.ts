import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { startPostern } from '../support/postern-process.ts';
import { startScriptedServer } from '../support/scripted-smtp-server.ts';

it('Mail that ends because a mailbox is full is remembered, refused or expired', async () => {
  const temporary = temporaryDirectory();
  const mx = await startScriptedServer(() => ({
    rcpt: (peer) =>
      peer.say(mx.commands.at(-1)?.includes('for-good') ? '550 5.2.2 Over quota' : '452 4.2.2 Over quota'),
  }));
  const dns = await startDnsServer({
    'one.example': { mx: [{ preference: 10, exchange: 'mx.one.example' }] },
    'mx.one.example': { a: ['127.0.0.1'] },
  });
  const postern = await startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(mx.port),
    POSTERN_DNS: `udp://127.0.0.1:${dns.port}`,
    POSTERN_RETRY_SCHEDULE: '100ms',
    POSTERN_SWEEP_INTERVAL: '50ms',
    POSTERN_MAX_AGE: '1s',
  });
  try {
    for (const to of ['full-for-good+tag@one.example', 'full-for-now@one.example']) {
      const email = { from: 'a@sender.example', to, subject: 'Hello', text: 'Hello' };
      expect((await postern.request('POST', '/v1/emails', email)).status).toBe(202);
    }
    const open = async (): Promise<boolean> => {
      const answer = await postern.request('GET', '/v1/emails?status=queued&status=sending&status=deferred');
      return ((await answer.json()) as { data: unknown[] }).data.length > 0;
    };
    while (await open()) await sleep(50);
    // The record comes first, and what is remembered right after it.
    await sleep(200);
    await postern.stop();
    const database = new DatabaseSync(path.join(temporary.directory, 'postern.sqlite'), { readOnly: true });
    const rows = database.prepare('SELECT canonical FROM full_mailbox ORDER BY canonical').all();
    database.close();
    expect(rows.map(({ canonical }) => canonical)).toEqual(['full-for-good@one.example', 'full-for-now@one.example']);
  } finally {
    if (postern.child.exitCode === null) await postern.stop('SIGKILL');
    await Promise.all([mx.close(), dns.close()]);
    temporary.dispose();
  }
}, 20_000);
