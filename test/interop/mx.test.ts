import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import { freePort } from './listening.ts';
import { verifyByOpendkim } from './opendkim.ts';
import { startPostfix, type Postfix } from './postfix.ts';
import { startSmtpSink, sunkBytes, type SmtpSink } from './smtp-sink.ts';
import {
  awkwardEmail,
  sendAndWait,
  signingKeys,
  storedContent,
  temporaryFolder,
  verifySignatures,
  startBehindMx,
} from './scene.ts';

const keys = signingKeys('sender.test');
const data = temporaryFolder();
let smtpSink: SmtpSink;
let dns: DnsServer;

beforeAll(async () => {
  sinkPort = await freePort();
  smtpSink = await startSmtpSink('127.0.0.1', sinkPort);
  dns = await startDnsServer({
    'receiver.test': {
      mx: [
        { preference: 20, exchange: 'mx2.receiver.test' },
        { preference: 10, exchange: 'mx1.receiver.test' },
      ],
    },
    'mx1.receiver.test': { a: ['127.0.0.1'] },
    'mx2.receiver.test': { a: ['127.0.0.2'] },
    'implicit.test': { a: ['127.0.0.1'] },
    'null.test': { mx: [{ preference: 0, exchange: '' }] },
  });
});

let sinkPort = 0;

afterAll(async () => {
  await smtpSink.stop();
  await dns.close();
  data.dispose();
});

function start(port: number, dataDir: string): Promise<PosternProcess> {
  return startBehindMx(dataDir, port, dns.url, { POSTERN_DKIM_KEYS: keys.setting });
}

describe('an MX found through DNS', () => {
  it('that is smtp-sink gets the bytes that were accepted, behind two valid signatures', async () => {
    const postern = await start(sinkPort, data.folder);
    const view = await sendAndWait(postern, awkwardEmail('one@receiver.test'));
    const implicit = await sendAndWait(postern, awkwardEmail('one@implicit.test'));
    const refused = await sendAndWait(postern, awkwardEmail(['one@null.test', 'two@nowhere.test']));
    await postern.stop();

    expect(view.status).toBe('delivered');
    expect(view.recipients[0]?.attempts[0]).toMatchObject({
      outcome: 'delivered',
      host: 'mx1.receiver.test',
      ip: '127.0.0.1',
    });
    expect(implicit.status).toBe('delivered');
    expect(refused.recipients.map(({ bounce }) => bounce?.enhanced_code)).toEqual(['5.1.10', '5.1.2']);

    const messages = smtpSink.dumped().filter((text) => text.includes('<one@receiver.test>'));
    expect(messages).toHaveLength(1);
    const bytes = sunkBytes(messages[0] ?? '');
    const content = await storedContent(data.folder, view.id);
    expect(bytes.subarray(bytes.length - content.length).toString('latin1')).toBe(content.toString('latin1'));
    expect(await verifySignatures(bytes, keys.records)).toEqual([
      { algorithm: 'rsa-sha256', valid: true },
      { algorithm: 'ed25519-sha256', valid: true },
    ]);
    expect(await verifyByOpendkim(bytes, keys.records)).toEqual([
      { algorithm: 'rsa-sha256', result: 'pass' },
      { algorithm: 'ed25519-sha256', result: 'pass' },
    ]);
  });

  it('gets signatures that break when a letter or a field is changed (X18)', async () => {
    const postern = await start(sinkPort, data.folder);
    const to = 'signed@receiver.test';
    await sendAndWait(postern, awkwardEmail(to));
    await postern.stop();
    const bytes = sunkBytes(smtpSink.dumped().find((text) => text.includes(`<${to}>`)) ?? '').toString('latin1');
    const forged = [
      bytes.replace('From the start', 'from the start'),
      bytes.replace('\r\nFrom: ', '\r\nFrom: ceo@sender.test\r\nFrom: '),
      bytes.replace('\r\nSubject: ', '\r\nSubject: Urgent\r\nSubject: '),
    ];
    for (const text of forged) {
      expect(text).not.toBe(bytes);
      const seen = await verifyByOpendkim(Buffer.from(text, 'latin1'), keys.records);
      expect(seen.map(({ result }) => result)).toEqual(['fail', 'fail']);
    }
  });

  it('that is a Postfix takes many emails on few connections, in one flight each once it is known', async () => {
    const { folder, dispose } = temporaryFolder();
    const postfix: Postfix = await startPostfix(sinkPort, { relay_domains: 'receiver.test' });
    const postern = await start(postfix.port, folder);
    const views = [];
    for (let sent = 0; sent < 10; sent++)
      views.push(await sendAndWait(postern, awkwardEmail(`r${sent}@receiver.test`)));
    await postern.stop();
    const log = postfix.log();
    await postfix.stop();
    dispose();

    expect(new Set(views.map(({ status }) => status))).toEqual(new Set(['delivered']));
    expect(log).not.toMatch(/improper command pipelining|lost connection|timeout after/);
    // The first message shows by DATA how this server words its final replies.
    const counts = log.match(/ disconnect from .* mail=10 .*/g) ?? [];
    expect(counts.map((line) => line.match(/\b(?:rcpt|data|bdat|quit)=\d+/g)?.toSorted())).toEqual([
      ['bdat=9', 'data=1', 'quit=1', 'rcpt=10'],
    ]);
  });
});
