import { describe, expect, test } from 'vitest';

import type { SmtpPeer } from '../support/smtp-peer.ts';
import { extensionSets, outcomes, scene, sent } from '../support/smtp-scene.ts';
import type { Content } from '../../functions/core/ports/content.ts';
import { contentOf, orderOf, shortMessage, summary } from '../support/smtp-order.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const delivered = ['delivered dot 250'];

describe.each(extensionSets.map((extensions) => ({ extensions })))(
  'a pooled connection with $extensions',
  ({ extensions }) => {
    test.each<[string, (peer: SmtpPeer) => void]>([
      ['421 and a close', (peer) => (peer.raw('421 4.4.2 idle\r\n'), peer.end())],
      ['FIN', (peer) => peer.end()],
      ['RST', (peer) => peer.reset()],
      ['a stray reply (S26)', (peer) => peer.raw('250 hello?\r\n')],
      ['stray octets', (peer) => peer.raw('x')],
    ])('that got %s while idle is replaced at no cost (S24)', async (_, disturb) => {
      const peers: SmtpPeer[] = [];
      const made = await scene(() => ({ extensions, dot: (peer) => (peers.push(peer), peer.say('250 taken')) }));
      expect(await outcomes(made)).toEqual(delivered);
      for (const peer of peers) disturb(peer);
      await pause(30);
      expect(await outcomes(made)).toEqual(delivered);
      expect(made.server.connections).toBe(2);
      expect(made.server.messages).toHaveLength(2);
    });

    test.each<[string, (peer: SmtpPeer) => void]>([
      ['a close', (peer) => peer.end()],
      ['a reset', (peer) => peer.reset()],
      ['421', (peer) => (peer.say('421 4.4.2 idle'), peer.end())],
    ])('that answers MAIL with %s is replaced at no cost (S24, S25)', async (_, mail) => {
      const made = await scene(({ connection, transaction }) =>
        connection === 0 && transaction === 1 ? { extensions, mail } : { extensions },
      );
      expect(await outcomes(made)).toEqual(delivered);
      expect(await outcomes(made)).toEqual(delivered);
      expect(made.server.connections).toBe(2);
    });

    test('that takes nobody for now, as the host, is left, and the next message knocks anew', async () => {
      const made = await scene(({ connection }) =>
        connection === 0 ? { extensions, rcpt: (peer) => peer.say('450 4.3.2 Come again') } : { extensions },
      );
      expect(await outcomes(made)).toEqual(['deferred message rcpt 450']);
      expect(await outcomes(made)).toEqual(delivered);
      expect(made.server.connections).toBe(2);
      expect(made.server.commands.filter((line) => line === 'QUIT')).toHaveLength(1);
    });

    test('that is closed while the content is prepared is replaced at no cost (S24)', async () => {
      const peers: SmtpPeer[] = [];
      const made = await scene(() => ({ extensions, dot: (peer) => (peers.push(peer), peer.say('250 taken')) }));
      expect(await outcomes(made)).toEqual(delivered);
      const encode = async (): Promise<Content> => {
        for (const peer of peers) peer.end();
        await pause(30);
        return contentOf(Buffer.from(shortMessage));
      };
      expect(await outcomes(made, { encode })).toEqual(delivered);
      expect(made.server.connections).toBe(2);
    });

    test('is left when 421 comes along with a verdict, which counts all the same (S25)', async () => {
      const made = await scene(({ connection, transaction }) =>
        connection === 0 && transaction === 2
          ? { extensions, dot: (peer) => (peer.raw('250 2.0.0 taken\r\n421 4.3.2 enough\r\n'), peer.end()) }
          : { extensions },
      );
      for (let message = 0; message < 4; message++) expect(await outcomes(made)).toEqual(delivered);
      expect(made.server.messages).toHaveLength(4);
      expect(made.server.connections).toBe(2);
    });

    test('ends after the messages it may carry, with QUIT (C23)', async () => {
      const made = await scene(() => ({ extensions }), { maxMessagesPerConnection: 2 });
      for (let message = 0; message < 3; message++) expect(await outcomes(made)).toEqual(delivered);
      expect(made.server.connections).toBe(2);
      expect(made.server.commands.filter((line) => line === 'QUIT')).toHaveLength(1);
    });

    test('is never shared by two messages, and no more are opened than allowed', async () => {
      let open = 0;
      let most = 0;
      const made = await scene(
        () => ({
          extensions,
          dot: async (peer) => {
            most = Math.max(most, ++open);
            await pause(5);
            open--;
            peer.say('250 taken');
          },
        }),
        { maxConnectionsPerHost: 3 },
      );
      const results = await Promise.all(Array.from({ length: 20 }, () => outcomes(made)));
      expect(new Set(results.flat())).toEqual(new Set(delivered));
      expect(made.server.connections).toBe(3);
      expect(most).toBeLessThanOrEqual(3);
      expect(made.server.messages).toHaveLength(20);
    });
  },
);

describe('the limits of a server (RFC 9422)', () => {
  test('on recipients and transactions are kept', async () => {
    const extensions = ['PIPELINING', 'LIMITS RCPTMAX=2 MAILMAX=2'];
    const made = await scene(() => ({ extensions }));
    const to = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.test`);
    expect(await outcomes(made, { to })).toEqual(Array(5).fill(delivered[0]));
    expect(made.server.messages.map(({ rcpt }) => rcpt.length)).toEqual([2, 2, 1]);
    expect(made.server.connections).toBe(2);
  });

  test('and our own cap count the transactions of one order too', async () => {
    const extensions = ['PIPELINING', 'LIMITS RCPTMAX=1'];
    const made = await scene(() => ({ extensions }), { maxMessagesPerConnection: 1 });
    const to = ['a', 'b', 'c'].map((name) => `${name}@example.test`);
    expect(await outcomes(made, { to })).toEqual(Array(3).fill(delivered[0]));
    expect(made.server.connections).toBe(3);
  });
});

describe('closing', () => {
  test('does not delay an outcome when QUIT is not answered (F11, C23)', async () => {
    const made = await scene(() => ({ quit: (peer) => peer.hang() }), { maxMessagesPerConnection: 1 });
    const started = performance.now();
    expect(await outcomes(made)).toEqual(delivered);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(made.server.commands.at(-1)).toBe('DATA');
    // Ends only when the connection does.
    await made.client.close();
    expect(made.server.commands.at(-1)).toBe('QUIT');
  });

  test('says QUIT on idle connections', async () => {
    const made = await scene(() => ({}));
    expect(summary(await made.client.send(made.target, orderOf(), 'relayed'))).toEqual(['relayed dot 250']);
    await made.client.close();
    expect(made.server.commands.at(-1)).toBe('QUIT');
  });
});

describe('waiting for a connection', () => {
  test('ends with the time of the order, or when it is interrupted', async () => {
    const made = await scene(() => ({ dot: (peer) => peer.hang() }), { maxConnectionsPerHost: 1 });
    const busy = sent(made, { withinMs: 1500 });
    await pause(20);
    const late = await sent(made, { withinMs: 100 });
    expect(summary(late)).toEqual(['deferred host connect']);
    expect(late.sessionOpened).toBe(false);
    expect(await outcomes(made, { signal: AbortSignal.timeout(50) })).toEqual(['deferred interrupted connect']);
    expect(summary(await busy)).toEqual(['in_doubt dot']);
  });
});
