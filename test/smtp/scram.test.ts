import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { scramSha256 } from '../../functions/smtp/scram.ts';
import { saslPrepared } from '../../functions/smtp/saslprep.ts';
import { scramVerb } from '../support/scram-server.ts';
import type { SmtpPeer } from '../support/smtp-peer.ts';

const credentials = { user: 'user', secret: 'pencil', mechanism: null };
const nonce = 'rOprNGfwEbeRWgbNEkqO';
const first = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

describe('SCRAM-SHA-256', () => {
  test('says what RFC 7677 section 3 shows', async () => {
    const exchange = scramSha256(credentials, nonce);
    expect(exchange.initial).toBe(`n,,n=user,r=${nonce}`);
    const proof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
    expect(await exchange.answer(Buffer.from(first), 0)).toEqual({
      kind: 'response',
      text: `c=biws,r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=${proof}`,
    });
    expect(exchange.proven).toBe(false);
    const last = Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(await exchange.answer(last, 1)).toEqual({ kind: 'response', text: '' });
    expect(exchange.proven).toBe(true);
  });

  test('keeps apart what a name holds and what the message is made of', () => {
    const exchange = scramSha256({ user: 'a=b,r=c', secret: 'x', mechanism: null }, nonce);
    expect(exchange.initial).toBe(`n,,n=a=3Db=2Cr=3Dc,r=${nonce}`);
  });

  test.each([
    ['another nonce', first.replace(nonce, 'rOprNGfwEbeRWgbNEkqX')],
    ['our nonce and nothing more', first.replace('%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', '')],
    ['few iterations', first.replace('4096', '4095')],
    ['endless iterations', first.replace('4096', '99999999')],
    ['a mandatory extension', `m=strange,${first}`],
    ['no salt', first.replace(/s=[^,]*/, 's=')],
    ['an iteration count that is none', first.replace('4096', '4096x')],
    ['nothing', ''],
  ])('does not go on with %s', async (_, challenge) => {
    const exchange = scramSha256(credentials, nonce);
    expect((await exchange.answer(Buffer.from(challenge), 0)).kind).toBe('refused');
    expect(exchange.proven).toBe(false);
  });

  test('does not believe a signature that is not made of the password', async () => {
    const anything = fc.uint8Array({ maxLength: 64 }).map((octets) => Buffer.from(octets));
    const signed = anything.map((octets) => Buffer.from(`v=${octets.toString('base64')}`));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, signed), async (last) => {
        const exchange = scramSha256(credentials, nonce);
        await exchange.answer(Buffer.from(first), 0);
        await exchange.answer(last, 1);
        expect(exchange.proven).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('never throws for what a server says first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `r=${nonce}${text}`),
        ),
        async (text) => {
          const exchange = scramSha256(credentials, nonce);
          await exchange.answer(Buffer.from(text), 0);
          expect(exchange.proven).toBe(false);
        },
      ),
    );
  });

  test('agrees with a server about any name and password', async () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(word, word, async (user, secret) => {
        const exchange = scramSha256({ user, secret, mechanism: null }, nonce);
        const bare = exchange.initial?.slice(3) ?? '';
        expect(bare.match(/,/g)).toHaveLength(1);
        expect(await conversed(exchange, saslPrepared(secret))).toBe('235 2.7.0 welcome');
        expect(exchange.proven).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a name or password', () => {
  test.each([
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['pass\u00a0word', 'pass word'],
    ['pa\u0308ss', 'p\u00e4ss'],
  ])('%j is prepared as %j (RFC 4013 section 3)', (text, prepared) => {
    expect(saslPrepared(text)).toBe(prepared);
  });

  test.each(['\u0007', '\ue000', '\u00ad', 'a\u202eb', ''])('%j stays as it is, for it cannot be prepared', (text) => {
    expect(saslPrepared(text)).toBe(text);
  });

  test('that is prepared stays so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = saslPrepared(text);
        expect(saslPrepared(once)).toBe(once);
      }),
    );
  });
});

/** Speaks with the test server without a network; answers its last line. */
async function conversed(exchange: ReturnType<typeof scramSha256>, password: string): Promise<string> {
  const command = `AUTH SCRAM-SHA-256 ${Buffer.from(exchange.initial ?? '').toString('base64')}`;
  let said = '';
  let round = 0;
  const peer = {
    say: (line: string) => (said = line),
    line: async () => {
      const step = await exchange.answer(Buffer.from(said.slice(4), 'base64'), round++);
      return step.kind === 'response' ? Buffer.from(step.text).toString('base64') : '*';
    },
  } as unknown as SmtpPeer;
  const verb = scramVerb(() => command, { password });
  if (typeof verb !== 'string') await verb(peer);
  return said;
}
