import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import { type Haraka, startHaraka } from './haraka.ts';
import { freePort } from './listening.ts';
import { awkwardEmail, eventually, rawContent, sendAndWait, temporaryFolder, startBehindMx } from './scene.ts';

const host = '127.0.9.1';
const { folder, dispose } = temporaryFolder();
let haraka: Haraka;
let dns: DnsServer;
let postern: PosternProcess;

beforeAll(async () => {
  const port = await freePort();
  haraka = await startHaraka(host, port);
  dns = await startDnsServer({
    'receiver.test': { mx: [{ preference: 10, exchange: 'haraka.test' }] },
    'haraka.test': { a: [host] },
  });
  postern = await startBehindMx(folder, port, dns.url, { POSTERN_CONNECTIONS_PER_HOST: '1' });
});

afterAll(async () => {
  await postern.stop();
  await dns.close();
  await haraka.stop();
  dispose();
});

describe('Haraka', () => {
  it('gets every byte over TLS, several messages on one connection', async () => {
    const ids: string[] = [];
    for (let sent = 0; sent < 3; sent++) {
      const view = await sendAndWait(postern, awkwardEmail([`a${sent}@receiver.test`, `b${sent}@receiver.test`]));
      expect(view.recipients.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
      expect(view.recipients[0]?.attempts[0]?.tls?.protocol).toBe('TLSv1.3');
      ids.push(view.id);
    }
    await eventually(() => haraka.mailbox().length === 3);
    for (const id of ids) {
      const content = (await rawContent(postern, id)).toString('latin1');
      // Before it stand trace fields, and signatures if there are any.
      expect(haraka.mailbox().filter((stored) => stored.endsWith(content))).toHaveLength(1);
    }
  });

  it('is believed when it defers or rejects at RCPT and at the end of the content', async () => {
    const to = ['fine@receiver.test', 'later@receiver.test', 'nobody@receiver.test'];
    const view = await sendAndWait(postern, awkwardEmail(to), 'attempted');
    const spam = await sendAndWait(postern, awkwardEmail('spam@receiver.test'), 'attempted');
    const seen = [view, spam].flatMap(({ recipients }) =>
      recipients.map(({ status, attempts: [first] }) => [status, first?.phase, first?.reply?.code]),
    );
    expect(seen).toEqual([
      ['delivered', 'dot', 250],
      ['deferred', 'rcpt', 450],
      ['bounced', 'rcpt', 550],
      ['bounced', 'dot', 550],
    ]);
  });
});
