import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type MailDialogue, startDialogue } from '../support/mail-dialogue.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { deliveryReport } from '../support/returned-mail.ts';

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let postern: PosternProcess;

beforeEach(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink({ keep: true });
  postern = await startPostern(temporary.directory, {
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_RETURN_PATH_DOMAIN: 'back.example',
    POSTERN_INBOUND_LISTEN: 'lmtp://127.0.0.1:0',
  });
});

afterEach(async () => {
  await postern.stop('SIGKILL');
  await sink.close();
  temporary.dispose();
});

async function greeted(): Promise<MailDialogue> {
  const [, port] = /"inbound":"lmtp:\/\/127\.0\.0\.1:(\d+)"/.exec(postern.output()) ?? [];
  const dialogue = startDialogue(Number(port));
  expect(await dialogue.reply()).toMatch(/^220 /);
  await dialogue.say('LHLO mx.example');
  await dialogue.say('MAIL FROM:<>');
  return dialogue;
}

/** The id of an email to this address, and the return path that it was sent with. */
async function sentTo(to: string): Promise<{ readonly id: string; readonly path: string }> {
  const email = { from: 'a@sender.example', to, subject: 'Hello', text: 'Hello' };
  const answer = await postern.request('POST', '/v1/emails', email, { prefer: 'wait=20' });
  const { id } = (await answer.json()) as { id: string };
  return { id, path: sink.messages.find((message) => message.to.includes(to))?.from ?? '' };
}

async function statusOf(id: string): Promise<string> {
  return ((await (await postern.request('GET', `/v1/emails/${id}`)).json()) as { status: string }).status;
}

describe('one process that listens for returned mail', () => {
  it('believes the recipient of the envelope, and refuses a forged one (X24)', async () => {
    const { id, path: returnPath } = await sentTo('bob@one.example');
    const dialogue = await greeted();
    const forged = returnPath.replace(/.@/, (last) => (last === '0@' ? '1@' : '0@'));
    for (const address of [forged, 'bounce@back.example', 'postmaster@back.example', 'bob@one.example']) {
      expect(await dialogue.say(`RCPT TO:<${address}>`)).toMatch(/^550 5\.1\.1 /);
    }
    expect(await dialogue.say(`RCPT TO:<${returnPath.toUpperCase()}>`)).toMatch(/^250 /);
    await dialogue.say('DATA');
    const report = deliveryReport('undisclosed@mx.example', [{ address: 'bob@one.example' }]);
    expect(await dialogue.say(`${report}\r\n.`)).toMatch(/^250 /);
    expect(await statusOf(id)).toBe('bounced');
    expect(postern.output()).toContain('"event":"returned_mail_read","kind":"dsn","token":"valid","settled":true');
    expect(postern.output()).not.toMatch(/bounce\+|one\.example/);
    dialogue.destroy();
  });

  it('that is told to stop takes in what is on its way', async () => {
    const { path: returnPath } = await sentTo('bob@one.example');
    const dialogue = await greeted();
    await dialogue.say(`RCPT TO:<${returnPath}>`);
    await dialogue.say('DATA');
    const stopped = postern.stop('SIGTERM');
    while (!postern.output().includes('"event":"stopping"')) await new Promise((resolve) => setTimeout(resolve, 20));
    const report = deliveryReport(returnPath, [{ address: 'bob@one.example' }]);
    expect(await dialogue.say(`${report}\r\n.`)).toMatch(/^250 /);
    expect(await stopped).toBe(0);
    expect(postern.output()).toContain('"event":"report_taken"');
  });

  it('does not start with a port that is taken, and says so in one sentence', async () => {
    const environment = {
      PATH: process.env['PATH'],
      POSTERN_PORT: '0',
      POSTERN_DATA_DIR: path.join(temporary.directory, 'other'),
      POSTERN_RETURN_PATH_DOMAIN: 'back.example',
    };
    const start = (more: Record<string, string>) =>
      new Promise((resolve) => {
        const options = { env: { ...environment, ...more }, cwd: path.resolve(import.meta.dirname, '../..') };
        execFile(process.execPath, ['functions/local.ts'], options, (error, _, text) => resolve([error?.code, text]));
      });
    const taken = `smtp://127.0.0.1:${sink.port}`;
    expect(await start({ POSTERN_INBOUND_LISTEN: taken })).toEqual([
      1,
      expect.stringMatching(/^Returned mail cannot be listened for at smtp:.*EADDRINUSE.*\.\n$/),
    ]);
    const both = { POSTERN_INBOUND_LISTEN: 'smtp://127.0.0.1:0', POSTERN_PORT: String(sink.port) };
    expect(await start(both)).toEqual([1, expect.stringMatching(/^The API cannot listen at .*EADDRINUSE.*\.\n$/)]);
  });
});
