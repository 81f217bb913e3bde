import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';

import { orderOf, summary, targetAt, testClient } from '../support/smtp-order.ts';
import { certificates } from '../support/test-certificates.ts';

const servers: SMTPServer[] = [];
const client = testClient();

async function listening(options: SMTPServerOptions): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const server = new SMTPServer({
    ...certificates.trusted,
    authOptional: true,
    disabledCommands: [],
    onAuth: ({ username, password }, _, done) =>
      username === 'user' && password === 'secret' ? done(null, { user: username }) : done(new Error('Wrong password')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address).join();
        received.push(
          `${session.user || '-'} ${session.secure ? 'tls' : 'clear'} ${to} ${Buffer.concat(chunks).toString()}`,
        );
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  const inner = server.listen(0, '127.0.0.1');
  await once(inner, 'listening');
  return { port: (inner.address() as AddressInfo).port, received };
}

afterEach(async () => {
  await client.close();
  await Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(resolve))));
});

const content = 'Subject: hi\r\n\r\n.dot\r\n';

describe('an honest server', () => {
  test.each([
    ['in clear', {}, { tls: 'none' }, '- clear'],
    ['with STARTTLS', {}, { tls: 'required' }, '- tls'],
    [
      'with implicit TLS and a login',
      { secure: true },
      { tls: 'implicit', credentials: { user: 'user', secret: 'secret', mechanism: null } },
      'user tls',
    ],
    [
      'with STARTTLS and LOGIN',
      { authMethods: ['LOGIN'] },
      { tls: 'required', credentials: { user: 'user', secret: 'secret', mechanism: null } },
      'user tls',
    ],
  ] as const)('takes messages %s', async (_, options, target, expected) => {
    const { port, received } = await listening(options as SMTPServerOptions);
    for (let message = 0; message < 3; message++) {
      const result = await client.send(
        targetAt(port, target),
        orderOf({ content, to: ['a@example.test', 'jürgen@example.test'] }),
        'relayed',
      );
      expect(summary(result)).toEqual(['relayed dot 250', 'relayed dot 250']);
    }
    expect(received).toEqual(Array(3).fill(`${expected} a@example.test,jürgen@example.test ${content}`));
  });

  test('refuses a wrong password, which is a fault of the route', async () => {
    const { port, received } = await listening({ secure: true });
    const credentials = { user: 'user', secret: 'wrong', mechanism: null };
    const result = await client.send(targetAt(port, { tls: 'implicit', credentials }), orderOf(), 'relayed');
    expect(summary(result)).toEqual(['deferred route auth 535']);
    expect(received).toEqual([]);
  });

  test('takes a large message over TLS', async () => {
    const { port, received } = await listening({});
    const large = `Subject: large\r\n\r\n${'a line of a large message\r\n'.repeat(80_000)}`;
    const result = await client.send(targetAt(port, { tls: 'required' }), orderOf({ content: large }), 'relayed');
    expect(summary(result)).toEqual(['relayed dot 250']);
    expect(received[0] === `- tls one@example.test ${large}`).toBe(true);
  });
});
