import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';

import { startMailSink } from '../support/mail-sink.ts';
import { startPostern } from '../support/postern-process.ts';

// `KILL_ROUNDS=3 KILL_SENDS=300` is a short form for a quick look.
const rounds = Number(process.env['KILL_ROUNDS'] ?? 10);
const sends = Number(process.env['KILL_SENDS'] ?? 1_000);
const parallel = 16;

type View = { status: string; recipients: { attempts: { outcome: string }[] }[] };

const dataDir = await mkdtemp(path.join(tmpdir(), 'postern-kill-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it(`loses no acknowledged email and sends none twice outside recorded doubt when killed ${rounds} times`, async () => {
  const copies = new Map<string, number>();
  const sink = await startMailSink({
    onMessage: ({ bytes }) => {
      const id = /^message-id: <(em_\w+)@/im.exec(bytes.toString('latin1'))?.[1] ?? 'none';
      copies.set(id, (copies.get(id) ?? 0) + 1);
      return '250 2.0.0 kept';
    },
  });
  const settings = {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: '100ms',
  };
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const postern = await startPostern(dataDir, settings);
    const killAfter = Math.floor((sends * (round + 0.5)) / rounds);
    let sent = 0;
    const sender = async (): Promise<void> => {
      while (sent < sends && postern.child.exitCode === null && postern.child.signalCode === null) {
        if (sent++ === killAfter) await postern.stop('SIGKILL');
        const answer = await postern.request('POST', '/v1/emails', mail(sent)).catch(() => null);
        const body = answer?.status === 202 ? await answer.json().catch(() => null) : null;
        if (body !== null) acknowledged.push((body as { id: string }).id);
      }
    };
    await Promise.all(Array.from({ length: parallel }, sender));
  }
  const last = await startPostern(dataDir, settings);
  const views = await settled(acknowledged, (id) => last.request('GET', `/v1/emails/${id}`));
  await last.stop();
  await sink.close();

  expect(acknowledged.length).toBeGreaterThan(rounds * 10);
  const doubts = (view: View): number =>
    view.recipients.flatMap((one) => one.attempts).filter((one) => one.outcome === 'in_doubt').length;
  expect(views.filter(({ view }) => view.status !== 'relayed')).toEqual([]);
  expect(views.filter(({ id }) => !copies.has(id))).toEqual([]);
  expect(views.filter(({ id, view }) => (copies.get(id) ?? 0) > 1 + doubts(view))).toEqual([]);
  const twice = views.filter(({ id }) => (copies.get(id) ?? 0) > 1).length;
  const doubtful = views.filter(({ view }) => doubts(view) > 0).length;
  console.log(`${acknowledged.length} acknowledged, ${doubtful} in doubt for a time, ${twice} arrived twice`);
}, 600_000);

function mail(number: number): unknown {
  return {
    from: 'a@sender.example',
    to: `r${number}@receiver.example`,
    subject: `Number ${number}`,
    text: 'x'.repeat(1_000),
  };
}

async function settled(
  ids: readonly string[],
  get: (id: string) => Promise<Response>,
): Promise<{ id: string; view: View }[]> {
  const views: { id: string; view: View }[] = [];
  for (const id of ids) {
    for (let tries = 0; ; tries++) {
      const view = (await (await get(id)).json()) as View;
      const open = ['queued', 'sending', 'deferred', 'scheduled'].includes(view.status);
      if (!open || tries > 300) {
        views.push({ id, view });
        break;
      }
      await sleep(100);
    }
  }
  return views;
}
