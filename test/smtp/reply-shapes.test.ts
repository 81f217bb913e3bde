import { describe, expect, test } from 'vitest';

import type { Script, Verb } from '../support/scripted-smtp-server.ts';
import { extensionSets, faultyScene, outcomes, scene, variants } from '../support/smtp-scene.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Every reply of an honest server in another shape; lines come without their ends. */
function wholly(extensions: readonly string[], shape: (code: string, text: string, last: boolean) => string): Script {
  const said =
    (code: string, ...texts: readonly string[]): Verb =>
    (peer) => {
      peer.lastReply = code;
      peer.raw(texts.map((text, index) => shape(code, text, index === texts.length - 1)).join(''));
    };
  return {
    greeting: said('220', 'mx.example.test', 'at your service'),
    ehlo: said('250', 'mx.example.test', ...extensions, 'HELP'),
    mail: said('250', 'sender'),
    rcpt: said('250', 'recipient'),
    data: said('354', 'go on'),
    dot: said('250', 'queued'),
  };
}

const separator = (last: boolean): string => (last ? ' ' : '-');

describe.each(extensionSets.map((extensions) => ({ extensions })))('replies with $extensions', ({ extensions }) => {
  test.each<[string, Parameters<typeof wholly>[1]]>([
    ['ended by LF alone (S10)', (code, text, last) => `${code}${separator(last)}${text}\n`],
    ['without text on the last line', (code, text, last) => (last ? `${code}\r\n` : `${code}-${text}\r\n`)],
    ['with a blank and no text', (code, text, last) => (last ? `${code} \r\n` : `${code}-${text}\r\n`)],
    ['with NUL and CR in the text', (code, text, last) => `${code}${separator(last)}${text} \0 \r x\r\n`],
    ['of octets beyond ASCII', (code, text, last) => `${code}${separator(last)}${text} \xff\xfe\r\n`],
    ['of several lines each', (code, text, last) => `${code}-${text}\r\n${last ? `${code} end\r\n` : ''}`],
  ])('%s are understood', async (_, shape) => {
    const made = await scene(() => wholly(extensions, shape));
    for (let message = 0; message < 3; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(1);
  });

  test('in pieces of one octet are understood', async () => {
    const spelled =
      (reply: string): Verb =>
      async (peer) => {
        peer.lastReply = reply;
        for (const octet of `${reply}\r\n`) {
          peer.raw(octet);
          await turn();
        }
      };
    const ehlo = ['250-mx.example.test', ...extensions.map((name) => `250-${name}`), '250 HELP'].join('\r\n');
    const made = await scene(() => ({
      greeting: spelled('220-mx.example.test\r\n220 hello'),
      ehlo: spelled(ehlo),
      mail: spelled('250 2.1.0 sender'),
      rcpt: spelled('250 2.1.5 recipient'),
      data: spelled('354 go on'),
      dot: spelled('250-2.0.0 queued\r\n250 2.0.0 as 7'),
    }));
    for (let message = 0; message < 3; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(1);
  });
});

test('keywords of extensions are understood in any case (C16)', async () => {
  const made = await scene(() => ({ extensions: ['pipelining', 'sIzE 1000', '8BitMime', 'SmtpUtf8'] }));
  const facts = { eightBit: true };
  expect(await outcomes(made, { facts, to: ['jürgen@example.test', 'two@example.test'] })).toEqual(
    Array(2).fill('delivered dot 250'),
  );
  expect(made.server.messages[0]?.mail).toMatch(/ SIZE=\d+ BODY=8BITMIME SMTPUTF8$/);
  expect(made.server.pieces[0]?.find((piece) => piece.startsWith('MAIL'))).toMatch(/RCPT[^]*RCPT[^]*DATA/);
});

/** What no SMTP server may say (RFC 5321 §4.2). */
const nonsense = ['199 x', '600 x', '25 x', '2500 x', '250x', '250\tx', ' 250 x', 'OK', '', '\0\0\0', '250\r551 x'];

describe.each(variants)('nonsense with $name', (variant) => {
  const { oneFlight, byData } = variant;

  test.each(['mail', 'rcpt', 'data', 'dot'] as const)('in reply to %s is neither yes nor no', async (step) => {
    if (step === 'data' && !byData) return;
    const seen = await Promise.all(
      nonsense.map(async (reply) => {
        const made = await faultyScene(variant, { [step]: reply });
        const outcome = await outcomes(made);
        return `${JSON.stringify(reply)}: ${outcome.join()}`;
      }),
    );
    const expected = step === 'dot' || oneFlight ? 'in_doubt dot' : `deferred host ${step} next`;
    expect(seen).toEqual(nonsense.map((reply) => `${JSON.stringify(reply)}: ${expected}`));
  });
});
