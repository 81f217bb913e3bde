import { describe, expect, test } from 'vitest';

import type { Verb } from '../support/scripted-smtp-server.ts';
import { faultyScene, outcomes, scene, sent, variants, type Scene } from '../support/smtp-scene.ts';
import type { SmtpPeer } from '../support/smtp-peer.ts';
import type { Content } from '../../functions/core/ports/content.ts';
import { patient, shortMessage, summary } from '../support/smtp-order.ts';

const large = Buffer.alloc(12 * 1024 * 1024, `${'x'.repeat(70)}\r\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(variants)('the final reply with $name', (variant) => {
  const { oneFlight } = variant;

  test.each<[string, Verb, string]>([
    ['reset (F01)', (peer) => peer.reset(), 'in_doubt dot'],
    ['close (F01)', (peer) => peer.end(), 'in_doubt dot'],
    ['421 (F02)', '421 4.3.2 closing', 'deferred host dot 421'],
    ['451 (F02)', '451 4.3.0 later', 'deferred message dot 451'],
    ['452 (F02)', '452 4.3.1 no room', 'deferred message dot 452'],
    ['554 (F03)', '554 5.7.1 spam', 'bounced smtp dot 554'],
    ['535 (A03)', '535 5.7.8 your token has expired', 'deferred route dot 535'],
    ['552 (F03)', '552 5.3.4 too big', 'bounced smtp dot 552'],
    ['451 that calls itself permanent (F12)', '451 5.7.1 contradiction', 'deferred message dot 451'],
    [
      '250 and later a second reply (F04)',
      (peer) => (peer.say('250 2.0.0 ok'), void pause(500).then(() => peer.say('550 no'))),
      'delivered dot 250',
    ],
    ['endless lines (F07)', (peer) => peer.raw('250-still at it\r\n'.repeat(10_000)), 'in_doubt dot'],
    ['lines of different codes (F08)', (peer) => peer.raw('250-yes\r\n550 no\r\n'), 'in_doubt dot'],
    ['a first line only', (peer) => (peer.raw('250-yes\r\n'), peer.end()), 'in_doubt dot'],
    ['a line without its end', (peer) => (peer.raw('250 yes'), peer.end()), 'in_doubt dot'],
    ['250 after a while (F09)', async (peer) => (await pause(60), peer.say('250 2.0.0 ok')), 'delivered dot 250'],
    ['354', '354 more', oneFlight ? 'in_doubt dot' : 'in_doubt dot 354'],
    ['a 2 alone', '2', 'in_doubt dot'],
    ['250 without text and CR', (peer) => peer.raw('250\n'), 'delivered dot 250'],
    ['250 and a reset at once (F04)', (peer) => (peer.say('250 2.0.0 ok'), peer.reset()), 'delivered dot 250'],
    ['250 and a close at once (F04)', (peer) => (peer.say('250 2.0.0 ok'), peer.end()), 'delivered dot 250'],
    ['another 2yz', '299 2.9.9 whatever', 'delivered dot 299'],
  ])('of %s', async (_, dot, expected) => {
    const made = await faultyScene(variant, { dot });
    expect(await outcomes(made)).toEqual([expected]);
  });

  test('of 250 and then a reset is an acceptance (F04)', async () => {
    const made = await faultyScene(variant, {
      dot: async (peer) => {
        peer.say('250 2.0.0 ok');
        await pause(30);
        peer.reset();
      },
    });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    await pause(80);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('and a second one in the same packet: accepted, or in doubt if all was one flight (F04)', async () => {
    const made = await faultyScene(variant, { dot: (peer) => peer.raw('250 ok\r\n250 ok\r\n') });
    expect(await outcomes(made)).toEqual([oneFlight ? 'in_doubt dot' : 'delivered dot 250']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('decides by its basic code, whatever the enhanced code says (F12, C20)', async () => {
    const made = await faultyScene(variant, { dot: '550 4.7.1 contradiction' });
    const [recipient] = (await sent(made)).recipients;
    expect(recipient?.outcome.kind).toBe('bounced');
    expect(recipient?.outcome.evidence.reply?.enhancedCode).toBe(null);
  });

  test.each([
    ['250 2.0.0 ok', 'delivered dot 250'],
    ['554 5.7.1 no', 'bounced smtp dot 554'],
    ['451 4.3.0 later', 'deferred message dot 451'],
    ['421 4.3.2 closing', 'deferred host dot 421'],
  ])('of %s is that of every recipient, whatever more is said (F04)', async (dot, expected) => {
    const to = ['one@example.test', 'two@example.test'];
    const made = await faultyScene(variant, { dot });
    expect(await outcomes(made, { to })).toEqual([expected, expected]);
    const perRecipient = await faultyScene(variant, { dot: (peer) => peer.raw(`${dot}\r\n250 2.0.0 two\r\n`) });
    const all = oneFlight ? 'in_doubt dot' : expected;
    expect(await outcomes(perRecipient, { to })).toEqual([all, all]);
  });

  test('of 421 is the last word on a connection, though the server does not close it (F02)', async () => {
    const made = await faultyScene(variant, { dot: '421 4.3.2 closing' });
    await sent(made);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('after 4yz the connection serves the next message', async () => {
    const made = await faultyScene(variant, { dot: '451 4.3.0 later' });
    await sent(made);
    await sent(made);
    expect(made.server.connections).toBe(1);
  });
});

describe.each(variants)('the body with $name', (variant) => {
  test.each<[string, Verb]>([
    ['a reset (D05)', (peer) => peer.reset()],
    ['a close', (peer) => peer.end()],
    ['an early acceptance (D04)', (peer) => peer.raw('250 ok\r\n')],
    ['an early 421 (D04)', (peer) => (peer.raw('421 4.3.2 closing\r\n'), peer.end())],
  ])('met by %s is deferred without doubt (C22)', async (_, body) => {
    const made = await faultyScene(variant, { body });
    const [outcome] = await outcomes(made, { content: large, withinMs: 60_000 });
    expect(outcome).toMatch(/^deferred host body/);
  });
});

describe('a body of medium size', () => {
  test.each([['PIPELINING'], ['PIPELINING', 'CHUNKING']])(
    'that fits the buffers of the network leaves no doubt when the server resets early (D05; %s)',
    async (...extensions) => {
      const made = await scene(() => ({ extensions, body: (peer) => peer.reset() }));
      expect(await outcomes(made, { content: large.subarray(0, 500_000) })).toEqual(['deferred host body']);
    },
  );

  test.each([[[]], [['PIPELINING', 'CHUNKING']]])(
    'is in no doubt while a chunk is unread (D06; %s)',
    async (extensions) => {
      const body: Verb = (peer) => (peer.pause(), peer.hang());
      const made = await scene(() => ({ extensions, body }), { timeouts: { ...patient, blockMs: 300, dotMs: 300 } });
      // What the server's own kernel holds, the server may read yet; only a reply to a chunk shows that it did not.
      const expected = extensions.includes('CHUNKING') ? 'deferred host body' : 'in_doubt dot';
      expect(await outcomes(made, { content: large.subarray(0, 200_000) })).toEqual([expected]);
    },
  );

  test.each([[[]], [['PIPELINING', 'CHUNKING']]])(
    'that is taken too slowly is deferred (D07; %s)',
    async (extensions) => {
      const slow: Verb = async (peer) => {
        for (;;) {
          peer.pause();
          await pause(100);
          peer.resume();
          await pause(1);
          if (peer.closed) return;
        }
      };
      const made = await scene(() => ({ extensions, body: slow }), {
        minimumRateBytesPerSecond: 64 * 1024 * 1024,
        timeouts: { ...patient, blockMs: 300 },
      });
      expect(await outcomes(made, { content: large, withinMs: 15_000 })).toEqual(['deferred host body']);
    },
  );

  test('is refused chunk by chunk', async () => {
    const extensions = ['PIPELINING', 'CHUNKING'];
    const made = await scene(() => ({ extensions, body: (peer) => peer.say('552 5.3.4 too big') }));
    expect((await outcomes(made, { content: large.subarray(0, 500_000) }))[0]).toMatch(
      /^(bounced smtp body 552|deferred host body)/,
    );
  });
});

describe('a server that offers CHUNKING and does not know BDAT', () => {
  const extensions = ['PIPELINING', 'CHUNKING'];
  const refusals = ['500 5.5.1 what?', '502 5.5.1 not here', '503 5.5.1 bad sequence', '504 5.5.4 no LAST'];
  const accepted = 'delivered dot 250';
  const byData = ({ server }: Scene): number => server.commands.filter((line) => line === 'DATA').length;
  const byBdat = ({ server }: Scene): boolean => server.commands.at(-1)?.startsWith('BDAT') ?? false;

  async function refusing(offered: readonly string[], say: (peer: SmtpPeer) => void): Promise<Scene> {
    const dot: Verb = (peer) => (byBdat(made) ? say(peer) : peer.say('250 2.0.0 taken'));
    const made: Scene = await scene(() => ({ extensions: offered, dot }));
    return made;
  }

  test.each(refusals)('and says %s to a large message gets it by DATA at no cost (C53)', async (refusal) => {
    const body: Verb = (peer) => (byBdat(made) ? peer.say(refusal) : undefined);
    const made: Scene = await scene(() => ({ extensions, body }));
    expect(await outcomes(made, { content: Buffer.alloc(300_000, 'line\r\n') })).toEqual([accepted]);
    expect(made.server.messages.map(({ content }) => content.length)).toEqual([300_000]);
    expect([made.server.connections, byData(made)]).toEqual([2, 1]);
  });

  test.each(refusals)('and says %s to a small one gets it by DATA, and all others (C53)', async (refusal) => {
    for (const offered of [extensions, ['CHUNKING']]) {
      const small = await refusing(offered, (peer) => peer.say(refusal));
      for (let message = 0; message < 5; message++) expect(await outcomes(small)).toEqual([accepted]);
      expect([small.server.connections, byData(small)]).toEqual([2, 5]);
    }
  });

  test('is not taken for one that refuses a chunk for want of recipients (C53)', async () => {
    let asked = 0;
    const rcpt: Verb = (peer) => peer.say(++asked === 3 ? '550 5.1.1 no' : '250 2.1.5 ok');
    const made = await scene(() => ({ extensions, rcpt }));
    const seen: string[] = [];
    const ways: boolean[] = [];
    for (let message = 0; message < 4; message++) {
      seen.push(...(await outcomes(made)));
      ways.push(byBdat(made));
    }
    expect(seen).toEqual([accepted, accepted, 'bounced smtp rcpt 550', accepted]);
    expect(ways).toEqual([false, true, true, true]);
  });

  test('and takes the content for commands leaves doubt once, and gets the rest by DATA', async () => {
    const small = await refusing(extensions, (peer) => peer.raw('502 5.5.1 BDAT?\r\n502 5.5.1 Subject?\r\n'));
    const seen: string[] = [];
    for (let message = 0; message < 6; message++) seen.push(...(await outcomes(small)));
    expect(seen.filter((outcome) => outcome !== accepted)).toEqual(['in_doubt dot']);
    expect(byData(small)).toBe(5);
  });
});

describe('content with other line ends', () => {
  const smuggled = ['\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\n.\r', '\r.\r\n', '\n\n.\r\n'];
  test.each(smuggled.map((end) => [JSON.stringify(end), end]))(
    '%s is one message to a lenient server (D09, C17)',
    async (_, end) => {
      const made = await scene(() => ({}));
      const evil = `Subject: a\r\n\r\nbody${end}MAIL FROM:<evil@example.test>\r\nRCPT TO:<x@example.test>\r\nDATA\r\nevil`;
      expect(await outcomes(made, { content: evil })).toEqual(['delivered dot 250']);
      const wire = made.server.pieces
        .flat()
        .join('')
        .split('DATA\r\n')
        .slice(1)
        .join('DATA\r\n')
        .replace(/QUIT\r\n$/, '');
      expect(wire).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
      expect(wire.match(/(^|\n)\.\r\n/g)).toHaveLength(1);
    },
  );

  test('is not changed by BDAT (C53)', async () => {
    const made = await scene(() => ({ extensions: ['CHUNKING'] }));
    await sent(made);
    expect(await outcomes(made, { content: '.\r\n..\n.\r\n' })).toEqual(['delivered dot 250']);
    expect(made.server.messages[1]?.content.toString()).toBe('.\r\n..\n.\r\n');
  });

  test('is empty: a lone dot, or a chunk without octets', async () => {
    for (const extensions of [[], ['CHUNKING']]) {
      const made = await scene(() => ({ extensions }));
      expect(await outcomes(made, { content: '' })).toEqual(['delivered dot 250']);
      expect(made.server.messages[0]?.content.length).toBe(0);
    }
  });
});

describe('content that cannot be read', () => {
  const lengths = [4, 100_000, 131_072].flatMap((octets) => [
    { octets, extensions: [] },
    { octets, extensions: ['PIPELINING', 'CHUNKING'] },
  ]);
  test.each(lengths)('as the octets that were declared is never completed ($octets, $extensions)', async (length) => {
    const made = await scene(() => ({ extensions: length.extensions }));
    const chunks = (): Uint8Array[] => [Buffer.alloc(length.octets, 'line\r\n')];
    const encode = (): Promise<Content> => Promise.resolve({ sizeBytes: length.octets + 1, chunks });
    await expect(sent(made, { encode })).rejects.toThrow('declared');
    expect(made.server.messages).toEqual([]);
  });

  test.each([[[]], [['CHUNKING']]])('rejects, drops the connection and completes nothing (%s)', async (extensions) => {
    const made = await scene(() => ({ extensions }));
    function* broken(): Generator<Uint8Array> {
      yield large.subarray(0, 200_000);
      throw new Error('gone');
    }
    const encode = (): Promise<Content> => Promise.resolve({ sizeBytes: 400_000, chunks: broken });
    await expect(sent(made, { encode })).rejects.toThrow('gone');
    expect(made.server.messages).toEqual([]);
    expect(await outcomes(made, { content: shortMessage })).toEqual(['delivered dot 250']);
    expect(summary(await sent(made))).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });
});
