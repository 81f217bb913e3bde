import { describe, expect, test } from 'vitest';

import { extensionSets, faultyScene, outcomes, scene, sent, variantOf } from '../support/smtp-scene.ts';
import { contentOf, patient, shortMessage, summary } from '../support/smtp-order.ts';

const all = extensionSets.map((extensions) => ({ extensions }));

describe.each(all)('an order with $extensions', ({ extensions }) => {
  test.each(['greeting', 'ehlo', 'mail', 'rcpt'] as const)(
    'interrupted at %s stops without a message',
    async (phase) => {
      const stop = new AbortController();
      const made = await scene(() => ({ extensions, [phase]: () => stop.abort() }));
      expect((await outcomes(made, { signal: stop.signal }))[0]).toMatch(/^deferred interrupted/);
      expect(made.server.messages).toEqual([]);
    },
  );

  test('interrupted after the end of the message waits for the verdict', async () => {
    const stop = new AbortController();
    const made = await scene(() => ({
      extensions,
      dot: (peer) => {
        stop.abort();
        setTimeout(() => peer.say('250 taken'), 30);
      },
    }));
    expect(await outcomes(made, { signal: stop.signal })).toEqual(['delivered dot 250']);
  });

  test('interrupted in the body of a large message stops without doubt', async () => {
    const stop = new AbortController();
    const made = await scene(() => ({ extensions, body: (peer) => (stop.abort(), peer.hang()) }));
    const content = Buffer.alloc(2_000_000, 'line\r\n');
    expect(await outcomes(made, { content, signal: stop.signal })).toEqual(['deferred interrupted body']);
  });

  test('ends by its deadline whatever the timeouts are (C27)', async () => {
    const made = await scene(() => ({ extensions, rcpt: (peer) => peer.hang() }), {
      timeouts: { ...patient, commandMs: 60_000 },
    });
    expect(await outcomes(made, { withinMs: 300 })).toEqual(['deferred host rcpt next']);
  });

  test('with too little time for its size does not begin', async () => {
    const made = await scene(() => ({ extensions }));
    const content = Buffer.alloc(20_000_000, 'line\r\n');
    expect(await outcomes(made, { content, withinMs: 1000 })).toEqual(['deferred host data']);
    expect(await outcomes(made, { withinMs: 1000 })).toEqual(['delivered dot 250']);
  });

  test('of exactly the declared SIZE is sent (M03, C49)', async () => {
    const made = await scene(() => ({ extensions: [...extensions, `SIZE ${shortMessage.length}`] }));
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    const tooSmall = await scene(() => ({ extensions: [...extensions, `size ${shortMessage.length - 1}`] }));
    expect(await outcomes(tooSmall)).toEqual(['bounced local mail 552']);
  });

  test('above the declared SIZE is bounced here (M03, C49)', async () => {
    const made = await scene(() => ({ extensions: [...extensions, 'SIZE 20'] }));
    const [recipient] = (await sent(made)).recipients;
    expect(recipient?.outcome).toMatchObject({
      kind: 'bounced',
      source: 'local',
      evidence: { reply: { code: 552, enhancedCode: '5.3.4' } },
    });
    expect(made.server.commands.join()).not.toContain('MAIL');
  });

  test('names its SIZE only if that was offered, and 0 is no limit (C15)', async () => {
    const offered = await scene(() => ({ extensions: [...extensions, 'SIZE 0'] }));
    await sent(offered);
    expect(offered.server.messages[0]?.mail).toContain(`SIZE=${shortMessage.length}`);
    const silent = await scene(() => ({ extensions }));
    await sent(silent);
    expect(silent.server.messages[0]?.mail).not.toContain('SIZE');
  });

  test.each([
    ['SIZE 9 MB'],
    ['SIZE 9M'],
    ['SIZE=9K'],
    ['SIZE -9'],
    ['SIZE 99999', 'SIZE 9'],
    ['SIZE 9', 'SIZE'],
    ['SIZE 0', 'SIZE 9'],
  ])(
    'is sent where the declared SIZE is no number, or two of them contradict each other (%s, M03)',
    async (...sizes) => {
      const made = await scene(() => ({ extensions: [...extensions, ...sizes] }));
      expect(await outcomes(made)).toEqual(['delivered dot 250']);
    },
  );

  test('with 8-bit content is converted unless 8BITMIME is offered (R13, C51)', async () => {
    const encode = (form: '8bit' | '7bit') => Promise.resolve(contentOf(Buffer.from(`in ${form}\r\n`)));
    const facts = { eightBit: true };
    const silent = await scene(() => ({ extensions }));
    expect(await outcomes(silent, { facts, encode })).toEqual(['delivered dot 250']);
    expect(silent.server.messages[0]).toMatchObject({ content: Buffer.from('in 7bit\r\n') });
    expect(silent.server.messages[0]?.mail).not.toContain('BODY');
    const offering = await scene(() => ({ extensions: [...extensions, '8BITMIME'] }));
    expect(await outcomes(offering, { facts, encode })).toEqual(['delivered dot 250']);
    expect(offering.server.messages[0]).toMatchObject({ content: Buffer.from('in 8bit\r\n') });
    expect(offering.server.messages[0]?.mail).toContain('BODY=8BITMIME');
  });

  test('to an international local part needs SMTPUTF8 for that recipient only (R12, C50)', async () => {
    const to = ['jürgen@example.test', 'one@example.test'];
    const silent = await scene(() => ({ extensions }));
    const result = await sent(silent, { to });
    expect(summary(result)).toEqual(['bounced local mail 553', 'delivered dot 250']);
    expect(result.recipients[0]?.outcome.evidence.reply?.enhancedCode).toBe('5.6.7');
    expect(silent.server.messages[0]?.mail).not.toContain('SMTPUTF8');
    const offering = await scene(() => ({ extensions: [...extensions, 'SMTPUTF8', '8BITMIME'] }));
    expect(await outcomes(offering, { to })).toEqual(['delivered dot 250', 'delivered dot 250']);
    expect(offering.server.messages[0]).toMatchObject({ mail: expect.stringContaining(' SMTPUTF8') });
    expect(offering.server.messages[0]?.rcpt[0]).toBe('RCPT TO:<jürgen@example.test>');
  });

  test('with an international sender or header needs SMTPUTF8 for all; an international domain does not (R12, C50)', async () => {
    const made = await scene(() => ({ extensions }));
    expect(await outcomes(made, { from: 'jürgen@example.test' })).toEqual(['bounced local mail 553']);
    expect(await outcomes(made, { facts: { utf8Headers: true } })).toEqual(['bounced local mail 553']);
    expect(await outcomes(made, { to: ['one@bücher.example'] })).toEqual(['delivered dot 250']);
    expect(made.server.messages[0]?.rcpt).toEqual(['RCPT TO:<one@xn--bcher-kva.example>']);
  });
});

test('a message sent in one flight is out of reach of an interruption', async () => {
  const stop = new AbortController();
  const made = await faultyScene(variantOf(['PIPELINING', 'CHUNKING'], 2), {
    dot: (peer) => {
      stop.abort();
      setTimeout(() => peer.say('250 taken'), 30);
    },
  });
  expect(await outcomes(made, { signal: stop.signal })).toEqual(['delivered dot 250']);
});

test('the text of a reply is kept on one line, escaped and short', async () => {
  const made = await scene(() => ({ rcpt: `550-5.1.1 no\u001b[2J such\r\n550 5.1.1 ${'x'.repeat(3000)}` }));
  const reply = (await sent(made)).recipients[0]?.outcome.evidence.reply;
  expect(reply?.enhancedCode).toBe('5.1.1');
  expect(reply?.text).toMatch(/^5\.1\.1 no\\x1b\[2J such 5\.1\.1 x+$/);
  expect(Buffer.byteLength(reply?.text ?? '')).toBeLessThanOrEqual(1024);
});
