import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startMailSink, type MailSink } from '../support/mail-sink.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';
import { startPostfix, type Postfix } from './postfix.ts';
import { awkwardEmail, sendAndWait, signingKeys, storedContent, temporaryFolder, verifySignatures } from './scene.ts';

const certificates = path.resolve(import.meta.dirname, '../support/certificates');
const keys = signingKeys('sender.test');
const { folder: dataDir, dispose } = temporaryFolder();
let sink: MailSink;
let postfix: Postfix;
let dns: DnsServer;
let postern: PosternProcess;

beforeAll(async () => {
  sink = await startMailSink({ keep: true, chunking: false });
  postfix = await startPostfix(sink.port, {
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_cert_file: path.join(certificates, 'trusted.pem'),
    smtpd_tls_key_file: path.join(certificates, 'trusted.key'),
    smtpd_recipient_restrictions:
      'check_recipient_access inline:{nobody@receiver.test=REJECT, later@receiver.test=DEFER}',
  });
  dns = await startDnsServer({ 'mx.example.test': { a: ['127.0.0.1'] } });
  postern = await startPostern(dataDir, {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://mx.example.test:${postfix.port}`,
    POSTERN_DNS: dns.url,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_TLS_CA_FILE: path.join(certificates, 'ca.pem'),
    POSTERN_DKIM_KEYS: keys.setting,
  });
});

afterAll(async () => {
  await postern.stop();
  await postfix.stop();
  await dns.close();
  await sink.close();
  dispose();
});

describe('a Postfix that demands STARTTLS', () => {
  it('is believed on a machine so busy that its replies are read before our writes are reported', async () => {
    const burners = [1, 2, 3].map(() => spawn(process.execPath, ['-e', 'for (;;);']));
    try {
      for (let sent = 0; sent < 5; sent++) {
        const view = await sendAndWait(postern, largeEmail('busy@receiver.test'), 'attempted');
        expect(view.recipients[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['relayed']);
      }
    } finally {
      for (const burner of burners) burner.kill('SIGKILL');
    }
  });

  it('takes over verified TLS, keeps what each recipient came to, and passes the bytes on with valid signatures', async () => {
    const to = ['one@receiver.test', 'nobody@receiver.test', 'later@receiver.test'];
    const view = await sendAndWait(postern, awkwardEmail(to), 'attempted');
    expect(view.recipients.map(({ status }) => status)).toEqual(['relayed', 'bounced', 'deferred']);
    const [relayed, bounced] = view.recipients;
    expect(relayed?.attempts[0]?.tls).toMatchObject({ protocol: 'TLSv1.3', verified: true });
    expect(relayed?.attempts[0]?.reply?.text).toMatch(/queued as/);
    expect(bounced?.bounce).toMatchObject({ smtp_code: 554, enhanced_code: '5.7.1' });

    const second = await sendAndWait(postern, largeEmail('two@receiver.test'));
    expect(second.status).toBe('relayed');
    for (let tries = 0; !sink.messages.some(({ to: [first] }) => first === 'two@receiver.test') && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await postern.stop();

    for (const [id, recipient] of [
      [view.id, 'one@receiver.test'],
      [second.id, 'two@receiver.test'],
    ] as const) {
      const arrived = sink.messages.find((message) => message.to.includes(recipient));
      const bytes = arrived?.bytes ?? Buffer.alloc(0);
      expect(await verifySignatures(bytes, keys.records)).toEqual([
        { algorithm: 'rsa-sha256', valid: true },
        { algorithm: 'ed25519-sha256', valid: true },
      ]);
      // Postfix puts its Received field on top; from the end of our signatures on, it is what was accepted.
      const content = await storedContent(dataDir, id);
      expect(content.length).toBeGreaterThan(1_000);
      expect(bytes.subarray(bytes.length - content.length).equals(content)).toBe(true);
      expect(bytes.subarray(0, bytes.length - content.length).toString()).toMatch(
        /^Received: [^]*\r\nDKIM-Signature: [^]*\r\nDKIM-Signature: [^]*\r\n$/,
      );
    }
  });
});

function largeEmail(to: string): Record<string, unknown> {
  const content = Buffer.alloc(2_000_000, 'postern').toString('base64');
  const attachment = { filename: 'large.bin', content, content_type: 'application/octet-stream' };
  return { ...awkwardEmail(to), attachments: [attachment] };
}
