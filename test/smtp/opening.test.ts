import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

import type { SmtpPeer } from '../support/smtp-peer.ts';
import { outcomes, scene, sent } from '../support/smtp-scene.ts';
import { impatient, orderOf, summary, targetAt, testClient } from '../support/smtp-order.ts';

async function drip(peer: SmtpPeer, text: string, everyMs: number): Promise<void> {
  while (!peer.closed) {
    peer.raw(text);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

describe('a connection', () => {
  test('that is refused goes to the next host without a session (S01)', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const result = await testClient().send(targetAt(port), orderOf(), 'delivered');
    expect(summary(result)).toEqual(['deferred host connect next']);
    expect(result.sessionOpened).toBe(false);
  });

  test('goes to the address that was vetted, whatever the name of the host resolves to (N17)', async () => {
    const made = await scene(() => ({}), {}, { host: 'name.invalid', ip: '127.0.0.1' });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
  });

  test('whose SYN is swallowed goes to the next host at its deadline (S02)', async () => {
    const full = await fullBacklog();
    const timeouts = { ...impatient, connectMs: 300 };
    const result = await testClient({ timeouts }).send(targetAt(full.port), orderOf(), 'delivered');
    expect(summary(result)).toEqual(['deferred host connect next']);
    expect(result.recipients[0]?.outcome.evidence.error?.code).toBe('timeout');
    expect(result.sessionOpened).toBe(false);
    await full.close();
  });
});

/** A port that answers no SYN any more: its thread accepts nothing and its backlog is full. */
async function fullBacklog() {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port] = (await once(thread, 'message')) as [number];
  const fillers = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}));
  await once(fillers[0] ?? thread, 'connect');
  const close = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    await thread.terminate();
  };
  return { port, close };
}

describe('a greeting', () => {
  const hostile: [string, (peer: SmtpPeer) => void | Promise<void>][] = [
    ['reset on accept (S03)', (peer) => peer.reset()],
    ['closed before the banner (S04)', (peer) => peer.end()],
    ['silence (S05)', (peer) => peer.hang()],
    ['one byte at a time (S06)', (peer) => drip(peer, '2', 100)],
    ['endless lines (S11)', (peer) => drip(peer, '220-still here\r\n'.repeat(5000), 1)],
    ['no line end (S12)', (peer) => drip(peer, 'x'.repeat(100_000), 1)],
    ['no SMTP', (peer) => peer.say('SSH-2.0-OpenSSH_9.6')],
    ...['22 hello', '2200 hello', '220x hello', '199 hello', '620 hello', '', '220-a\r\n250 b'].map(
      (line): [string, (peer: SmtpPeer) => void] => [JSON.stringify(line), (peer) => peer.say(line)],
    ),
  ];
  test.each(hostile)('of %s goes to the next host', async (_, greeting) => {
    const made = await scene(() => ({ greeting }), { timeouts: impatient });
    const result = await sent(made);
    // A reset may be seen before the connection is.
    expect(summary(result)).toEqual([expect.stringMatching(/^deferred host (connect|greeting) next$/)]);
    expect(result.sessionOpened).toBe(false);
  });

  test.each([554, 521, 421, 450, 250, 354, 299])(
    'of %i goes to the next host and never bounces (S07, S08, C56)',
    async (code) => {
      const made = await scene(() => ({ greeting: `${code} not now` }));
      const result = await sent(made);
      expect(summary(result)).toEqual([`deferred host greeting ${code} next`]);
      expect(result.sessionOpened).toBe(true);
    },
  );

  test('of several lines, ended by bare LF, is fine (S10, C21)', async () => {
    const made = await scene(() => ({ greeting: (peer) => peer.raw('220-mx.example.test\n220-is\r\n220\n') }));
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
  });

  test('with our own name is a mail loop (S14)', async () => {
    const made = await scene(() => ({ greeting: '220 Client.Example.Test ESMTP' }));
    const result = await sent(made);
    expect(summary(result)).toEqual(['bounced local greeting 554']);
    expect(result.recipients[0]?.outcome.evidence.reply?.enhancedCode).toBe('5.4.6');
  });

  test('that brings the whole transcript along delivers nothing (S13)', async () => {
    const transcript = '220 hi\r\n250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n';
    const made = await scene(() => ({ greeting: (peer) => peer.raw(transcript) }));
    expect(await outcomes(made)).toEqual(['deferred host ehlo next']);
    expect(made.server.messages).toEqual([]);
  });

  test('followed by the rest of the transcript in a second packet delivers nothing (S13)', async () => {
    const made = await scene(() => ({
      greeting: async (peer) => {
        peer.raw('220 hi\r\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
        peer.raw('250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n');
      },
      ehlo: () => {},
    }));
    const [outcome] = await outcomes(made);
    expect(outcome).toMatch(/^deferred host .* next$/);
  });
});

describe('EHLO', () => {
  test('refused by a server that knows HELO is no obstacle (S15, C13)', async () => {
    const made = await scene(() => ({ ehlo: '502 what?' }));
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.commands).toContain('HELO client.example.test');
  });

  test('and HELO refused go to the next host (S16)', async () => {
    const made = await scene(() => ({ ehlo: '550 no', helo: '550 no' }));
    expect(await outcomes(made)).toEqual(['deferred host ehlo 550 next']);
  });

  test.each([
    ['421', (peer: SmtpPeer) => peer.say('421 busy'), 'deferred host ehlo 421 next'],
    ['a reset', (peer: SmtpPeer) => peer.reset(), 'deferred host ehlo next'],
    ['a line every 100 ms (S18)', (peer: SmtpPeer) => drip(peer, '250-more\r\n', 100), 'deferred host ehlo next'],
    ['different codes', (peer: SmtpPeer) => peer.raw('250-a\r\n220 b\r\n'), 'deferred host ehlo next'],
  ])('answered with %s goes to the next host (S17)', async (_, ehlo, expected) => {
    const made = await scene(() => ({ ehlo }), { timeouts: impatient });
    expect(await outcomes(made)).toEqual([expected]);
  });

  test.each([
    ['an AUTH line of 60 KB (S22)', [`AUTH ${'X'.repeat(60_000)}`, 'PIPELINING']],
    [
      '10,000 lines (S23)',
      [...Array.from({ length: 10_000 }, (_, n) => `X-EXTENSION-${n} with a parameter`), 'CHUNKING'],
    ],
  ])('with %s is understood in little time', async (_, extensions) => {
    const made = await scene(() => ({ extensions }));
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
  });

  test('with more than a megabyte is cut off', async () => {
    const made = await scene(() => ({ ehlo: `${'250-X-A-RATHER-LONG-EXTENSION\r\n'.repeat(50_000)}250 end` }));
    expect(await outcomes(made)).toEqual(['deferred host ehlo next']);
  });
});
