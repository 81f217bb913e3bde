import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import {
  createHttpWebhookSender,
  type HttpWebhookSenderOptions,
} from '../../functions/adapters/webhook-sender-http.ts';
import type { WebhookAnswer, WebhookSender } from '../../functions/core/ports/webhook-sender.ts';
import type { Resolver } from '../../functions/core/ports/resolver.ts';
import { addressesOfConfiguredHost } from '../../functions/dns/host-addresses.ts';
import { createMemoryResolver } from '../support/memory-resolver.ts';
import { certificates, testAuthority } from '../support/test-certificates.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const times = { answerMs: 400, connectMs: 200 };
const unaborted = new AbortController().signal;
const opened: { close(): unknown }[] = [];
let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await startWebhookReceiver();
  opened.push(receiver);
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** Names lead to the addresses of `hosts`, each time to the next ones; addresses are vetted as in production. */
function senderTo(
  hosts: Readonly<Record<string, readonly (readonly string[])[]>> = {},
  { allow = true, cas = [] as readonly string[] } = {},
): WebhookSender & { readonly asked: string[] } {
  const asked: string[] = [];
  const a: Resolver['a'] = async (name) => {
    asked.push(name);
    const rounds = hosts[name] ?? [];
    const records = rounds[Math.min(asked.filter((one) => one === name).length, rounds.length) - 1] ?? [];
    if (records.length === 0) return { kind: 'nxdomain', authenticated: false, ttlSeconds: 1 };
    return { kind: 'records', records, authenticated: false, ttlSeconds: 1, canonicalName: name };
  };
  const lookup = { resolver: { ...createMemoryResolver(), a }, allowPrivateAddresses: allow };
  const options: HttpWebhookSenderOptions = {
    findAddresses: (host, deadline) => addressesOfConfiguredHost(host, deadline, lookup),
    allowPrivateAddresses: allow,
    trustedCas: cas,
    clock: systemClock,
    times,
  };
  const sender = createHttpWebhookSender(options);
  opened.push(sender);
  return { ...sender, asked };
}

function post(sender: WebhookSender, url = receiver.url): Promise<WebhookAnswer> {
  return sender.post({ url, headers: { 'webhook-id': 'evt_1' }, body: '{"a":"\u{1f4ed}"}' }, unaborted);
}

function atName(name: string, url = receiver.url): string {
  return url.replace('127.0.0.1', name);
}

describe('a webhook', () => {
  it('is posted whole, with its headers, and its answer is kept', async () => {
    receiver.answerWith((_, response) =>
      response.writeHead(202, { 'retry-after': '7' }).end('a\r\nb \\ \u202e\u0000c'),
    );
    const answer = await post(senderTo());
    expect(answer).toEqual({
      kind: 'answer',
      status: 202,
      body: 'a\\u{d}\\u{a}b \\\\ \\u{202e}\\u{0}c',
      retryAfterMs: 7_000,
      ip: '127.0.0.1',
    });
    expect(receiver.received).toMatchObject([{ method: 'POST', path: '/hook', body: '{"a":"\u{1f4ed}"}' }]);
    expect(receiver.received[0]?.headers).toMatchObject({ 'webhook-id': 'evt_1', 'content-length': '12' });
  });

  it('uses the connection of the one before it, and another when that was closed meanwhile', async () => {
    const sender = senderTo({ 'hook.example': [['127.0.0.1']] });
    for (let posts = 0; posts < 3; posts++) await post(sender, atName('hook.example'));
    expect([receiver.connections(), sender.asked]).toEqual([1, ['hook.example']]);
    receiver.dropIdle();
    expect(await post(sender, atName('hook.example'))).toMatchObject({ status: 204 });
    expect(receiver.connections()).toBe(2);
  });

  it('follows no redirect (X12)', async () => {
    const other = await startWebhookReceiver();
    opened.push(other);
    receiver.answerWith((_, response) => response.writeHead(307, { location: other.url }).end());
    expect(await post(senderTo())).toMatchObject({ kind: 'answer', status: 307 });
    expect(other.received).toEqual([]);
  });

  it('is over when the answer does not come in time (Q26, X12)', async () => {
    receiver.answerWith(() => undefined);
    expect(await post(senderTo())).toMatchObject({ kind: 'error', code: 'answer_timeout', ip: '127.0.0.1' });
  });

  it('is taken by its status, however slowly the rest drips', async () => {
    receiver.answerWith((_, response) => {
      response.writeHead(200).write('first');
      const dripping = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(dripping));
    });
    expect(await post(senderTo())).toMatchObject({
      kind: 'answer',
      status: 200,
      body: expect.stringMatching(/^first/),
    });
  });

  it('reads no more of an answer than 64 KB, and keeps one (X12)', async () => {
    let written = 0;
    receiver.answerWith((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && written < 50_000_000) {
          written += 65_536;
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const answer = await post(senderTo());
    expect(answer).toMatchObject({ status: 200, body: 'x'.repeat(1_024) });
    expect(written).toBeLessThan(20_000_000);
  });

  it.each([
    ['resets the connection', 'connection_failed', (socket: Socket) => socket.resetAndDestroy()],
    ['speaks something else', 'malformed_answer', (socket: Socket) => socket.end('220 smtp\r\n')],
  ])('says so when the endpoint %s', async (_, code, onConnection) => {
    const server = createServer(onConnection);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ close: () => server.close() });
    const { port } = server.address() as AddressInfo;
    expect(await post(senderTo(), `http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'error', code });
  });

  it('is not taken, and over, when the endpoint wants to speak something else from now on (Q26, X12)', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n';
    const hungUp = new Promise<void>((resolve) => {
      receiver.answerWith((_, { socket }) => socket?.once('close', () => resolve()).write(switching));
    });
    expect(await post(senderTo())).toMatchObject({ kind: 'answer', status: 101, ip: '127.0.0.1' });
    await hungUp;
  });

  it('says so when nobody is there', async () => {
    const { url } = receiver;
    await receiver.close();
    expect(await post(senderTo(), url)).toMatchObject({ kind: 'error', code: 'connection_failed' });
    expect(await post(senderTo(), 'http://nowhere.example/')).toMatchObject({ kind: 'error', code: 'no_address' });
  });

  it('ends when it is told to', async () => {
    receiver.answerWith(() => undefined);
    const stopping = new AbortController();
    const posted = senderTo().post({ url: receiver.url, headers: {}, body: '' }, stopping.signal);
    await receiver.until(1);
    stopping.abort();
    expect(await posted).toMatchObject({ kind: 'error' });
  });
});

describe('where a webhook goes', () => {
  it('is asked of DNS once, and what was vetted is what is dialled (X12)', async () => {
    // The second answer would lead elsewhere: nobody asks for it.
    const sender = senderTo({ 'rebind.example': [['127.0.0.1'], ['127.0.0.9']] });
    expect(await post(sender, atName('rebind.example'))).toMatchObject({ status: 204, ip: '127.0.0.1' });
    expect(sender.asked).toEqual(['rebind.example']);
    expect(receiver.received[0]?.headers.host).toBe(atName('rebind.example', receiver.url).split('/')[2]);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '192.168.1.1'])(
    'is never %s, whatever name leads there (X12)',
    async (address) => {
      const sender = senderTo({ 'evil.example': [[address]] }, { allow: false });
      expect(await post(sender, 'https://evil.example/')).toMatchObject({ kind: 'error', code: 'address_not_allowed' });
    },
  );

  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://localhost/',
    'https://169.254.169.254/latest/meta-data/',
  ])('is not %s (X12)', async (url) => {
    expect(await post(senderTo({}, { allow: false }), url)).toMatchObject({
      kind: 'error',
      code: 'address_not_allowed',
    });
  });

  it.each(['http://example.com/', 'https://example.com:9001/', 'file:///etc/passwd', 'https://u:p@example.com/'])(
    'is not %s either, though it was stored (X12)',
    async (url) => {
      expect(await post(senderTo({}, { allow: false }), url)).toMatchObject({ kind: 'error', code: 'url_not_allowed' });
    },
  );

  it('leaves out addresses that are not public and takes the others', async () => {
    const sender = senderTo({ 'both.example': [['0.0.0.0', '127.0.0.1']] });
    expect(await post(sender, atName('both.example'))).toMatchObject({ status: 204, ip: '127.0.0.1' });
  });
});

describe('TLS of a webhook', () => {
  async function over(certificate: keyof typeof certificates, host: string, cas: readonly string[]) {
    const secure = await startWebhookReceiver(certificates[certificate]);
    opened.push(secure);
    const sender = senderTo({ [host]: [['127.0.0.1']] }, { cas });
    return await post(sender, atName(host, secure.url));
  }

  it('trusts the configured authority, for the name of the URL', async () => {
    expect(await over('trusted', 'mx.example.test', [testAuthority])).toMatchObject({ kind: 'answer', status: 204 });
  });

  it.each([
    ['of an unknown authority', 'trusted', 'mx.example.test', []],
    ['for another name', 'trusted', 'other.example.test', [testAuthority]],
    ['that has expired', 'expired', 'mx.example.test', [testAuthority]],
    ['that vouches for itself', 'self-signed', 'mx.example.test', [testAuthority]],
  ] as const)('refuses a certificate %s', async (_, certificate, host, cas) => {
    expect(await over(certificate, host, cas)).toMatchObject({ kind: 'error', code: 'certificate_not_trusted' });
  });
});
