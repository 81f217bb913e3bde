import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { startMailSink } from '../support/mail-sink.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';

type View = {
  id: string;
  status: string;
  recipients: { status: string; attempts: { outcome: string; phase: string; error: { code: string } | null }[] }[];
};

let temporary: ReturnType<typeof temporaryDirectory>;
const running: PosternProcess[] = [];

beforeEach(() => {
  temporary = temporaryDirectory();
});

afterEach(async () => {
  for (const postern of running.splice(0)) if (postern.child.exitCode === null) await postern.stop('SIGKILL');
  temporary.dispose();
});

async function start(settings: Record<string, string> = {}): Promise<PosternProcess> {
  const postern = await startPostern(temporary.directory, settings);
  running.push(postern);
  return postern;
}

function throughSmarthost(port: number): Record<string, string> {
  return {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: '200ms',
  };
}

const email = {
  from: 'canary-sender@sender.example',
  to: 'canary-recipient@receiver.example',
  subject: 'canary-subject',
  text: 'canary-text',
};

async function send(postern: PosternProcess, changes: Record<string, unknown> = {}): Promise<string> {
  const answer = await postern.request('POST', '/v1/emails', { ...email, ...changes });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

async function viewWhen(postern: PosternProcess, id: string, isSo: (view: View) => boolean): Promise<View> {
  for (let tries = 0; tries < 150; tries++) {
    const view = (await (await postern.request('GET', `/v1/emails/${id}`)).json()) as View;
    if (isSo(view)) return view;
    await sleep(50);
  }
  throw new Error(`It did not come to that:\n${postern.output()}`);
}

/** A receiver that takes the envelope and then does as it is told. */
async function startScripted(onContent: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true }, (socket) => {
    let content = false;
    socket.on('error', () => socket.destroy());
    socket.write('220 scripted.test ESMTP\r\n');
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('latin1').split('\r\n')) {
        if (content) {
          if (line === '.') onContent(socket);
        } else if (/^EHLO|^MAIL|^RCPT|^RSET/i.test(line)) {
          socket.write('250 scripted.test\r\n');
        } else if (/^DATA/i.test(line)) {
          content = true;
          socket.write('354 go\r\n');
        } else if (/^QUIT/i.test(line)) {
          socket.end('221 bye\r\n');
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe('the single process', () => {
  it('delivers to the sandbox, and tells the key and a command only once', async () => {
    const postern = await start({ POSTERN_API_KEY: '' });
    const key = /API key\s+(\S+)/.exec(postern.output())?.[1] ?? '';
    expect(key).toMatch(/^\S{20,}$/);
    expect(postern.output()).toContain(`curl -s ${postern.url}/v1/emails`);
    const authorization = { authorization: `Bearer ${key}` };
    const answer = await postern.request(
      'POST',
      '/v1/emails',
      { ...email, to: 'delivered@sandbox.example' },
      authorization,
    );
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    let status = '';
    for (let tries = 0; status !== 'delivered' && tries < 100; tries++) {
      await sleep(20);
      status = ((await (await postern.request('GET', `/v1/emails/${id}`, undefined, authorization)).json()) as View)
        .status;
    }
    expect(status).toBe('delivered');
    expect(readdirSync(path.join(temporary.directory, 'sandbox')).filter((name) => name.endsWith('.eml'))).toHaveLength(
      1,
    );
    expect(await postern.stop()).toBe(0);

    const again = await start({ POSTERN_API_KEY: '' });
    expect(again.output()).not.toContain('API key');
    expect((await again.request('GET', `/v1/emails/${id}`, undefined, authorization)).status).toBe(200);
  });

  it('refuses to start on a store that another process has, in one sentence (Q22)', async () => {
    await start();
    await expect(startPostern(temporary.directory)).rejects.toThrow(/in use by another process/);
  });

  it('is the process that npm start runs, so that a signal to npm stops it', async () => {
    const postern = await startPostern(temporary.directory, {}, ['npm', 'start']);
    running.push(postern);
    await postern.stop('SIGTERM');
    expect(postern.output()).toContain('"stopping"');
    await expect(postern.request('GET', '/v1/health')).rejects.toThrow('fetch failed');
  });

  it('refuses a wrong setting in one sentence and ends with code 1', async () => {
    await expect(startPostern(temporary.directory, { POSTERN_ROUT: 'mx' })).rejects.toThrow(
      /ended with 1 .*\n.*POSTERN_ROUT is not a setting: did you mean POSTERN_ROUTE\?/,
    );
  });

  it('finishes a transaction that is past its dot when told to stop (Q24)', async () => {
    const arrived = Promise.withResolvers<Socket>();
    const { server, port } = await startScripted((socket) => arrived.resolve(socket));
    const postern = await start(throughSmarthost(port));
    const id = await send(postern);
    const socket = await arrived.promise;
    const stopped = postern.stop();
    await sleep(300);
    socket.write('250 2.0.0 taken\r\n');
    expect(await stopped).toBe(0);
    server.close();

    const again = await start(throughSmarthost(port));
    const view = await viewWhen(again, id, ({ status }) => status === 'relayed');
    expect(view.recipients[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['relayed']);
  });

  it('gives up a transaction before its dot when told to stop, and sends it once after the next start (Q24)', async () => {
    const muted = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => muted.listen(0, '127.0.0.1', resolve));
    const { port } = muted.address() as AddressInfo;
    const connected = new Promise((resolve) => muted.once('connection', resolve));
    const postern = await start(throughSmarthost(port));
    const id = await send(postern);
    await connected;
    expect(await postern.stop()).toBe(0);
    await new Promise((resolve) => muted.close(resolve));

    const sink = await startMailSink({ keep: true, port });
    const again = await start(throughSmarthost(port));
    const view = await viewWhen(again, id, ({ status }) => status === 'relayed');
    expect(view.recipients[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['deferred', 'relayed']);
    expect(sink.messages).toHaveLength(1);
    await sink.close();
  });

  it('records an attempt that a kill cut off as in doubt, and repeats it only where that is allowed (Q01)', async () => {
    const arrived: Socket[] = [];
    const { server, port } = await startScripted((socket) => arrived.push(socket));
    const postern = await start(throughSmarthost(port));
    const retried = await send(postern);
    const held = await send(postern, { on_in_doubt: 'hold' });
    while (arrived.length < 2) await sleep(20);
    await postern.stop('SIGKILL');
    server.close();
    for (const socket of arrived) socket.destroy();

    const sink = await startMailSink({ keep: true, port });
    const again = await start(throughSmarthost(port));
    const repeated = await viewWhen(again, retried, ({ status }) => status === 'relayed');
    const kept = await viewWhen(again, held, ({ status }) => status === 'unknown');
    expect(repeated.recipients[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['in_doubt', 'relayed']);
    expect(kept.recipients[0]?.attempts.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['in_doubt', 'abandoned'],
    ]);
    expect(sink.messages).toHaveLength(1);
    await sink.close();
  });

  it('expires what is never taken, at the end of its lifetime and with the last reply (F13)', async () => {
    const sink = await startMailSink({ onMessage: () => '451 4.3.0 not now' });
    const postern = await start(throughSmarthost(sink.port));
    const id = await send(postern, { expires_at: new Date(Date.now() + 1_500).toISOString() });
    const view = await viewWhen(postern, id, ({ status }) => status === 'expired');
    const attempts = view.recipients[0]?.attempts ?? [];
    expect(attempts.length).toBeGreaterThan(1);
    expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['deferred']));
    await sink.close();
  });

  it('simulates test mail and the vendors\u2019 test addresses on any route, and dials nobody for them', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const postern = await start(throughSmarthost((server.address() as AddressInfo).port));
    const ids = [
      await send(postern, { test: true }),
      await send(postern, { test: true, to: 'bounced@receiver.example' }),
      await send(postern, { to: ['delivered@resend.dev', 'bounce@simulator.amazonses.com'] }),
    ];
    const views = await Promise.all(
      ids.map((id) => viewWhen(postern, id, ({ status }) => /delivered|bounced/.test(status))),
    );
    expect(views.map(({ status }) => status)).toEqual(['delivered', 'bounced', 'partially_delivered']);
    expect(connections).toBe(0);
    await send(postern);
    for (let tries = 0; connections === 0 && tries < 100; tries++) await sleep(20);
    expect(connections).toBeGreaterThan(0);
    await postern.stop('SIGKILL');
    server.close();
  });

  it('cancels what waits, and does not send it', async () => {
    const sink = await startMailSink({ keep: true });
    const postern = await start(throughSmarthost(sink.port));
    const id = await send(postern, { scheduled_at: new Date(Date.now() + 1_500).toISOString() });
    const canceled = await postern.request('POST', `/v1/emails/${id}/cancel`);
    expect(canceled.status).toBe(200);
    expect(((await canceled.json()) as View).status).toBe('canceled');
    expect((await postern.request('POST', `/v1/emails/${id}/cancel`)).status).toBe(409);
    const later = await send(postern, { scheduled_at: new Date(Date.now() + 1_500).toISOString() });
    await viewWhen(postern, later, ({ status }) => status === 'relayed');
    expect(sink.messages).toHaveLength(1);
    await sink.close();
  });

  it('writes one JSON line an event, without addresses, subjects, text or keys (X14, X15)', async () => {
    const sink = await startMailSink({
      onMessage: ({ to }) => (to[0]?.includes('good') ? '250 ok' : '550 5.1.1 no such canary-recipient'),
    });
    const postern = await start(throughSmarthost(sink.port));
    const ids = [await send(postern), await send(postern, { to: 'canary-good@receiver.example' })];
    for (const id of ids) await viewWhen(postern, id, ({ status }) => status === 'bounced' || status === 'relayed');
    await postern.request('POST', '/v1/emails', { ...email, to: 'canary-recipient' });
    await postern.request('GET', '/v1/emails/em_canary', undefined, { authorization: 'Bearer canary-key-0123456789' });
    await postern.stop();
    const [, lines = ''] = postern.output().split(/\n\n(?=\{)/);
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['started', 'not_delivered', 'stopping']));
    expect(postern.output()).not.toContain('canary');
    expect(postern.output()).not.toContain(postern.key);
    await sink.close();
  });
});
