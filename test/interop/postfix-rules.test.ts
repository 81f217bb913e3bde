import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startMailSink, type MailSink } from '../support/mail-sink.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import { startPostfix, type Postfix } from './postfix.ts';
import { awkwardEmail, eventually, sendAndWait, temporaryFolder, startBehindMx } from './scene.ts';

let sink: MailSink;
let dns: DnsServer;

beforeAll(async () => {
  sink = await startMailSink({ keep: true, chunking: false });
  dns = await startDnsServer({ 'receiver.test': { a: ['127.0.0.1'] } });
});

afterAll(async () => {
  await dns.close();
  await sink.close();
});

type Scene = { readonly postfix: Postfix; readonly postern: PosternProcess };

/** Runs with a Postfix of these settings as the MX of `receiver.test`. */
async function withPostfix(
  settings: Readonly<Record<string, string>>,
  test: (scene: Scene) => Promise<void>,
  entry: 'smtpd' | 'postscreen' = 'smtpd',
): Promise<void> {
  const { folder, dispose } = temporaryFolder();
  const postfix = await startPostfix(sink.port, { relay_domains: 'receiver.test', ...settings }, [], entry);
  const postern = await startBehindMx(folder, postfix.port, dns.url);
  try {
    await test({ postfix, postern });
  } finally {
    await postern.stop();
    await postfix.stop();
    dispose();
  }
}

function emailOf(to: string, sizeBytes: number): Record<string, unknown> {
  return { from: 'a@sender.test', to, subject: 'Size', text: 'All work and no play\n'.repeat(sizeBytes / 21) };
}

describe('Postfix', () => {
  it('rejects for now and for good, and each recipient comes to what was said of it', async () => {
    const access = [
      'hard@receiver.test = 550 5.1.1 No such user',
      'closed@receiver.test = REJECT',
      'soft@receiver.test = 450 4.2.1 Mailbox busy',
      'full@receiver.test = 452 4.2.2 Mailbox full',
      'gone@receiver.test = 521 5.2.1 Not taking mail',
    ];
    await withPostfix(
      {
        smtpd_recipient_restrictions: `check_recipient_access inline:{${access.map((rule) => `{${rule}}`).join(', ')}}`,
      },
      async ({ postern, postfix }) => {
        const to = ['hard', 'closed', 'fine', 'soft', 'full'].map((name) => `${name}@receiver.test`);
        const view = await sendAndWait(postern, awkwardEmail(to), 'attempted');
        expect(
          view.recipients.map(({ status, attempts: [first] }) => [status, first?.phase, first?.reply?.code]),
        ).toEqual([
          ['bounced', 'rcpt', 550],
          ['bounced', 'rcpt', 554],
          ['delivered', 'dot', 250],
          ['deferred', 'rcpt', 450],
          ['deferred', 'rcpt', 452],
        ]);
        await eventually(() => sink.messages.some((message) => message.to.includes('fine@receiver.test')));
        expect(sink.messages.flatMap((message) => message.to)).toEqual(['fine@receiver.test']);
        // Postfix ends the session itself after a 521.
        const gone = await sendAndWait(postern, awkwardEmail('gone@receiver.test'), 'attempted');
        expect(gone.recipients[0]).toMatchObject({
          status: 'bounced',
          bounce: { smtp_code: 521, enhanced_code: '5.2.1' },
        });
        expect(postfix.log()).not.toMatch(/improper command pipelining|timeout after/);
      },
    );
  });

  it.each([
    ['says so at EHLO, and is not even sent it', {}, 'mail'],
    ['says so after it has come', { smtpd_discard_ehlo_keywords: 'size' }, 'body'],
  ])('has a limit for the size of a message: it %s', async (_, settings, phase) => {
    await withPostfix({ message_size_limit: '50000', ...settings }, async ({ postern }) => {
      const view = await sendAndWait(postern, emailOf('large@receiver.test', 90_000), 'attempted');
      expect(view.recipients[0]).toMatchObject({
        status: 'bounced',
        bounce: { smtp_code: 552, enhanced_code: '5.3.4' },
        attempts: [{ phase }],
      });
      expect((await sendAndWait(postern, emailOf('small@receiver.test', 30_000))).status).toBe('delivered');
    });
  });

  it('gets an address that needs SMTPUTF8 if it offers that, and else nothing', async () => {
    await withPostfix({}, async ({ postern }) => {
      expect((await sendAndWait(postern, awkwardEmail('jörg@receiver.test'))).status).toBe('delivered');
      await eventually(() => sink.messages.some((message) => message.to.includes('jörg@receiver.test')));
    });
    await withPostfix({ smtpd_discard_ehlo_keywords: 'smtputf8' }, async ({ postern, postfix }) => {
      const view = await sendAndWait(postern, awkwardEmail('jörg@receiver.test'), 'attempted');
      expect(view.recipients[0]?.bounce).toMatchObject({ enhanced_code: '5.6.7', source: 'local' });
      expect(postfix.log()).not.toMatch(/ from=</);
    });
  });

  it('with postscreen before it, sees a client that waits for the greeting and does not talk ahead', async () => {
    const settings = {
      postscreen_access_list: '',
      postscreen_greet_wait: '2s',
      postscreen_greet_action: 'enforce',
      postscreen_pipelining_enable: 'yes',
      postscreen_pipelining_action: 'enforce',
      postscreen_bare_newline_enable: 'yes',
      postscreen_bare_newline_action: 'enforce',
    };
    await withPostfix(
      settings,
      async ({ postern, postfix }) => {
        // Having passed, a client is told to come again, and let through then.
        const first = await sendAndWait(postern, awkwardEmail('new@receiver.test'), 'attempted');
        expect(first.recipients[0]?.attempts[0]).toMatchObject({
          outcome: 'deferred',
          reply: { code: 450, enhanced_code: '4.3.2' },
        });
        expect((await sendAndWait(postern, awkwardEmail('known@receiver.test'))).status).toBe('delivered');
        expect(postfix.log()).toMatch(/PASS NEW \[127\.0\.0\.1\]/);
        expect(postfix.log()).not.toMatch(/PREGREET|COMMAND PIPELINING|BARE NEWLINE|HANGUP/);
      },
      'postscreen',
    );
  });
});
