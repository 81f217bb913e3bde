import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { dsnParameters, xtext } from '../../functions/smtp/dsn-parameters.ts';
import { mailbox } from '../support/smtp-order.ts';
import { extensionSets, faultyScene, outcomes, scene, variantOf } from '../support/smtp-scene.ts';

const all = extensionSets.flatMap((extensions) => [0, 1].map((before) => ({ extensions, before })));

describe.each(all)('with $extensions after $before messages', ({ extensions, before }) => {
  test('reports are asked for where DSN is offered, by delivery and recipient (C54)', async () => {
    const variant = variantOf([...extensions, 'dsn'], before);
    const made = await faultyScene(variant, {});
    await outcomes(made, { to: ['one@example.test', 'two+tag=x@example.test'] });
    const message = made.server.messages.at(-1);
    expect(message?.mail).toBe('MAIL FROM:<sender@client.example.test> RET=HDRS ENVID=em_test.0');
    expect(message?.rcpt).toEqual([
      'RCPT TO:<one@example.test> NOTIFY=FAILURE ORCPT=rfc822;one@example.test',
      'RCPT TO:<two+tag=x@example.test> NOTIFY=FAILURE ORCPT=rfc822;two+2Btag+3Dx@example.test',
    ]);
  });

  test('nothing of it is said where DSN is not offered (C15)', async () => {
    const made = await faultyScene(variantOf([...extensions, 'DSNX', 'XDSN'], before), {});
    await outcomes(made);
    expect(made.server.commands.join('\n')).not.toMatch(/RET=|ENVID=|NOTIFY=|ORCPT=/);
  });

  test('nobody is told of what nobody sent (C34)', async () => {
    const made = await scene(() => ({ extensions: [...extensions, 'DSN'] }));
    await outcomes(made, { from: null });
    expect(made.server.messages[0]?.mail).toBe('MAIL FROM:<>');
    expect(made.server.messages[0]?.rcpt).toEqual(['RCPT TO:<one@example.test> NOTIFY=NEVER']);
  });
});

test('a recipient beyond ASCII is named in ASCII (RFC 6533)', async () => {
  const made = await scene(() => ({ extensions: ['DSN', 'SMTPUTF8', '8BITMIME'] }));
  await outcomes(made, { to: ['jürgen+🎉@bücher.example'] });
  expect(made.server.messages[0]?.rcpt).toEqual([
    'RCPT TO:<jürgen+🎉@xn--bcher-kva.example> NOTIFY=FAILURE ORCPT=utf-8;j\\x{FC}rgen\\x{2B}\\x{1F389}@xn--bcher-kva.example',
  ]);
});

test('what is learnt under TLS counts, not what was offered before (C36)', async () => {
  const made = await scene(
    ({ secure }) => ({ extensions: secure ? ['STARTTLS'] : ['STARTTLS', 'DSN'] }),
    {},
    { tls: 'required' },
  );
  expect(await outcomes(made)).toEqual(['delivered dot 250']);
  expect(made.server.messages[0]?.mail).not.toContain('ENVID');
});

describe('the encoding', () => {
  test('of any text is printable ASCII without + and =, and gives the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const encoded = xtext(text);
        expect(encoded).toMatch(/^(?:[!-*,-<>-~]|\+[\dA-F]{2})*$/);
        const octets = encoded.replaceAll(/\+(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
        expect(Buffer.from(octets, 'latin1').toString()).toBe(Buffer.from(text).toString());
      }),
    );
  });

  test('of any recipient stays one parameter of at most 500 octets', () => {
    const word = fc.stringMatching(/^[\w!#$%&'*+\-/=^`{|}~äöü🎉世]{1,16}$/u);
    fc.assert(
      fc.property(word, (local) => {
        const parameters = dsnParameters(true, mailbox('a@b.example'), 'em_x.0').rcpt(mailbox(`${local}@one.example`));
        const original = / ORCPT=((?:rfc822|utf-8);[!-*,-<>-~]*(?:\+[\dA-F]{2}[!-*,-<>-~]*)*)$/.exec(parameters)?.[1];
        expect(original?.length).toBeLessThanOrEqual(500);
      }),
    );
  });

  test('leaves out an ENVID or ORCPT that would be too long (C54)', () => {
    const sender = mailbox('a@b.example');
    expect(dsnParameters(true, sender, 'x'.repeat(100)).mail).toContain('ENVID=x');
    expect(dsnParameters(true, sender, 'x'.repeat(101)).mail).toBe(' RET=HDRS');
    const long = { ...sender, local: '+'.repeat(200) };
    expect(dsnParameters(true, sender, 'x').rcpt(long)).toBe(' NOTIFY=FAILURE');
  });
});
