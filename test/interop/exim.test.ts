import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import { startExim, type Exim } from './exim.ts';
import { freePort } from './listening.ts';
import { awkwardEmail, eventually, rawContent, sendAndWait, temporaryFolder, startBehindMx } from './scene.ts';

const host = '127.0.7.1';
const { folder, dispose } = temporaryFolder();
let exim: Exim;
let dns: DnsServer;
let postern: PosternProcess;

beforeAll(async () => {
  const port = await freePort();
  exim = await startExim(
    host,
    port,
    ['acl_smtp_mail = at_mail', 'acl_smtp_rcpt = at_rcpt', 'acl_smtp_data = at_data'],
    {
      at_mail: '  defer senders = defer@sender.test\n    message = no room for now',
      at_rcpt: [
        '  defer local_parts = grey\n    message = 451 4.7.1 Greylisted, please try again in 300 seconds',
        '  deny local_parts = nobody\n    message = 550 5.1.1 No such mailbox',
      ].join('\n'),
      at_data: [
        '  defer condition = ${if eq{$recipients}{later@receiver.test}}\n    message = scanner is away',
        '  deny condition = ${if eq{$recipients}{spam@receiver.test}}\n    message = 554 5.7.1 This is spam',
      ].join('\n'),
    },
  );
  dns = await startDnsServer({
    'receiver.test': { mx: [{ preference: 10, exchange: 'exim.test' }] },
    'exim.test': { a: [host] },
  });
  postern = await startBehindMx(folder, port, dns.url, { POSTERN_CONNECTIONS_PER_HOST: '1' });
});

afterAll(async () => {
  await postern.stop();
  await dns.close();
  await exim.stop();
  dispose();
});

describe('Exim', () => {
  it('gets every byte over TLS by BDAT, pipelined, without PRDR, and sees nothing to complain about', async () => {
    const ids: string[] = [];
    for (let sent = 0; sent < 4; sent++) {
      const view = await sendAndWait(postern, awkwardEmail([`a${sent}@receiver.test`, `b${sent}@receiver.test`]));
      expect(view.recipients.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
      expect(view.recipients[0]?.attempts[0]?.tls?.protocol).toBe('TLSv1.3');
      ids.push(view.id);
    }
    const arrivals = exim.log().match(/ <= .*/g) ?? [];
    expect(arrivals).toHaveLength(4);
    // The first message goes by DATA, to see how this server words its final replies; K stands for CHUNKING, L for PIPELINING.
    expect(arrivals.map((line) => / K /.test(line))).toEqual([false, true, true, true]);
    for (const [index, line] of arrivals.entries()) {
      expect(line).toMatch(/ P=esmtps L\S* X=TLS1\.3/);
      expect(line).not.toMatch(/PRDR/);
      expect(line).toMatch(new RegExp(` for a${index}@receiver\\.test b${index}@receiver\\.test$`));
    }
    expect(exim.log()).not.toMatch(/protocol|syntax|incomplete|unexpected/i);

    const sent = await Promise.all(ids.map((id) => rawContent(postern, id)));
    await eventually(() => exim.mailbox().length === 8);
    for (const content of sent) expect(exim.mailbox().filter((stored) => stored.equals(content))).toHaveLength(2);
  });

  it('is believed when it defers or rejects at MAIL, RCPT or the end of the content', async () => {
    const mailed = await sendAndWait(
      postern,
      { ...awkwardEmail('x@receiver.test'), from: 'defer@sender.test' },
      'attempted',
    );
    const view = await sendAndWait(
      postern,
      awkwardEmail(['fine@receiver.test', 'grey@receiver.test', 'nobody@receiver.test']),
      'attempted',
    );
    const later = await sendAndWait(postern, awkwardEmail('later@receiver.test'), 'attempted');
    const spam = await sendAndWait(postern, awkwardEmail('spam@receiver.test'), 'attempted');
    const seen = [mailed, view, later, spam].flatMap(({ recipients }) =>
      recipients.map(({ status, attempts: [first] }) => [
        status,
        first?.phase,
        first?.reply?.code,
        first?.reply?.enhanced_code,
      ]),
    );
    expect(seen).toEqual([
      ['deferred', 'mail', 451, null],
      ['delivered', 'dot', 250, null],
      ['deferred', 'rcpt', 451, '4.7.1'],
      ['bounced', 'rcpt', 550, '5.1.1'],
      ['deferred', 'dot', 451, null],
      ['bounced', 'dot', 554, '5.7.1'],
    ]);
    expect(exim.log()).not.toMatch(/protocol|syntax|unexpected/i);
  });

  it('gets an address that needs SMTPUTF8 as it is', async () => {
    const view = await sendAndWait(postern, awkwardEmail('jörg@receiver.test'));
    expect(view.status).toBe('delivered');
    expect(exim.log()).toMatch(/ <= .* P=utf8esmtps .* for jörg@receiver\.test/);
  });
});
