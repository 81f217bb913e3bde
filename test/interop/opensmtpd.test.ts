import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startMailSink, type MailSink } from '../support/mail-sink.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import type { Daemon } from './daemon.ts';
import { freePort } from './listening.ts';
import { openSmtpdHasTls, startOpenSmtpd, type Listeners } from './opensmtpd.ts';
import { awkwardEmail, eventually, rawContent, sendAndWait, temporaryFolder, startBehindMx } from './scene.ts';

const { folder, dispose } = temporaryFolder();
let listeners: Listeners;
let sink: MailSink;
let openSmtpd: Daemon;
let dns: DnsServer;
let postern: PosternProcess;

beforeAll(async () => {
  listeners = { plain: '127.0.7.2', tls: '127.0.7.3', port: await freePort() };
  sink = await startMailSink({ keep: true, chunking: false });
  openSmtpd = await startOpenSmtpd(listeners, sink.port);
  dns = await startDnsServer({ 'plain.test': { a: [listeners.plain] }, 'tls.test': { a: [listeners.tls] } });
  postern = await startBehindMx(folder, listeners.port, dns.url);
});

afterAll(async () => {
  await postern.stop();
  await dns.close();
  await openSmtpd.stop();
  await sink.close();
  dispose();
});

describe('OpenSMTPD', () => {
  it.each(['plain', 'tls'])(
    'takes mail at its %s listener, one message after the other, and passes the bytes on',
    async (name) => {
      const protocol = name === 'tls' && (await openSmtpdHasTls()) ? 'TLSv1.3' : null;
      for (const local of ['first', 'second']) {
        const to = `${local}@${name}.test`;
        const view = await sendAndWait(postern, awkwardEmail(to));
        expect(view.status).toBe('delivered');
        const [attempt] = view.recipients[0]?.attempts ?? [];
        expect(attempt?.tls?.protocol ?? null).toBe(protocol);
        expect(attempt?.reply).toMatchObject({ code: 250, enhanced_code: '2.0.0' });
        await eventually(() => sink.messages.some((message) => message.to.includes(to)));
        const arrived = sink.messages.find((message) => message.to.includes(to));
        expect(arrived?.from).toBe('sender@sender.test');
        const content = await rawContent(postern, view.id);
        const bytes = arrived?.bytes ?? Buffer.alloc(0);
        // It puts its Received field on top.
        expect(bytes.subarray(0, bytes.length - content.length).toString()).toMatch(/^Received: .*(\r\n\t.*)*\r\n$/);
        expect(bytes.subarray(bytes.length - content.length).equals(content)).toBe(true);
      }
      expect(openSmtpd.output()).not.toMatch(/failed-command|disconnected reason="?timeout/);
    },
  );

  it('whose handshake fails gets no mail that demands TLS', async () => {
    const view = await sendAndWait(postern, { ...awkwardEmail('secret@tls.test'), tls: 'required' }, 'attempted');
    const [attempt] = view.recipients[0]?.attempts ?? [];
    if (await openSmtpdHasTls()) expect([attempt?.outcome, attempt?.tls?.protocol]).toEqual(['delivered', 'TLSv1.3']);
    else expect([attempt?.outcome, attempt?.phase]).toEqual(['deferred', 'starttls']);
  });

  it('is believed when it rejects one recipient of two', async () => {
    const raw = { mime: 'From: a@sender.test\r\nSubject: two\r\n\r\nTwo.\r\n' };
    const envelope = { from: 'a@sender.test', to: ['nobody@receiver.test', 'ada@receiver.test'] };
    dns.set('receiver.test', { a: [listeners.tls] });
    const view = await sendAndWait(postern, { ...raw, envelope }, 'ended', '/v1/emails/raw');
    expect(view.recipients.map(({ status }) => status)).toEqual(['bounced', 'delivered']);
    expect(view.recipients[0]?.bounce).toMatchObject({ smtp_code: 550 });
    await eventually(() => sink.messages.some((message) => message.to.includes('ada@receiver.test')));
  });
});
