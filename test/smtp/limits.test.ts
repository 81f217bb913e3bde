import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { serverLimits } from '../../functions/smtp/server-limits.ts';
import { extensionSets, faultyScene, outcomes, scene, variantOf } from '../support/smtp-scene.ts';

const delivered = 'delivered dot 250';
const none = { transactions: null, recipients: null, domains: null };
const people = (count: number, domain = 'example.test'): string[] =>
  Array.from({ length: count }, (_, index) => `u${index}@${domain}`);

describe.each(extensionSets.map((extensions) => ({ extensions })))('at a server with $extensions', ({ extensions }) => {
  const withLimits = (limits: string, more = {}) => scene(() => ({ extensions: [...extensions, limits], ...more }));

  test('recipients beyond RCPTMAX come in further transactions, each with its own outcome (C56)', async () => {
    const refuses = ['250 ok', '550 5.1.1 unknown'];
    const made = await withLimits('limits rcptmax=2', { rcpt: refuses });
    expect(await outcomes(made, { to: people(5) })).toEqual([
      delivered,
      'bounced smtp rcpt 550',
      delivered,
      'bounced smtp rcpt 550',
      delivered,
    ]);
    expect(made.server.messages.map(({ rcpt }) => rcpt.length)).toEqual([1, 1, 1]);
    expect(made.server.connections).toBe(1);
  });

  test('transactions beyond MAILMAX have connections of their own', async () => {
    const made = await withLimits('LIMITS MAILMAX=2');
    for (let message = 0; message < 5; message++) expect(await outcomes(made)).toEqual([delivered]);
    expect(made.server.connections).toBe(3);
  });

  test('domains beyond RCPTDOMAINMAX have connections of their own', async () => {
    const made = await withLimits('LIMITS RCPTDOMAINMAX=2');
    const visited = async (name: string): Promise<number> => {
      expect(await outcomes(made, { to: people(2, `${name}.test`) })).toEqual([delivered, delivered]);
      return made.server.connections;
    };
    expect([await visited('a'), await visited('b'), await visited('a')]).toEqual([1, 1, 1]);
    expect([await visited('c'), await visited('c'), await visited('a'), await visited('b')]).toEqual([2, 2, 2, 3]);
    expect(made.server.commands.filter((line) => line === 'QUIT')).toHaveLength(2);
  });

  test('what is no limit is none', async () => {
    const made = await withLimits('LIMITS RCPTMAX=0 MAILMAX=x RCPTDOMAINMAX STRANGE=1 =1');
    expect(await outcomes(made, { to: people(50) })).toEqual(Array(50).fill(delivered));
    expect(await outcomes(made, { to: people(1, 'b.test') })).toEqual([delivered]);
    expect(made.server.messages.map(({ rcpt }) => rcpt.length)).toEqual([50, 1]);
    expect(made.server.connections).toBe(1);
  });

  test.each([
    '452 4.5.3 too many',
    '452',
    '552 5.5.3 too many',
    '552 5.2.2 full',
    '451 4.5.3 too many',
    '550 5.5.3 too many',
  ])('those refused with %s while others are taken come in further groups (R02, R03)', async (full) => {
    const seven = [...Array(7).fill('250 ok'), ...Array(50).fill(full)] as string[];
    const made = await scene(() => ({ extensions, rcpt: seven }));
    expect(await outcomes(made, { to: people(50) })).toEqual(Array(50).fill(delivered));
    expect(made.server.messages.map(({ rcpt }) => rcpt.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
    expect(new Set(made.server.messages.flatMap(({ rcpt }) => rcpt)).size).toBe(50);
    expect(made.server.connections).toBe(1);
  });

  test.each([
    ['452 4.5.3 too many', 'deferred message rcpt 452'],
    ['552 5.5.3 too many', 'deferred message rcpt 552'],
    ['550 5.5.3 too many', 'bounced smtp rcpt 550'],
  ])('one that is refused alone with %s is %s', async (full, expected) => {
    const made = await scene(() => ({ extensions, rcpt: full }));
    expect(await outcomes(made)).toEqual([expected]);
  });

  test('421 4.5.3 closes the connection, whatever it says of recipients', async () => {
    const made = await scene(() => ({ extensions, rcpt: ['250 ok', '421 4.5.3 too many'] }));
    const expected = 'deferred host rcpt 421';
    expect(await outcomes(made, { to: people(2) })).toEqual([expected, expected]);
  });
});

test('421 4.5.3 in one flight with the content is the word on its recipient, though the others be taken', async () => {
  const variant = variantOf(['PIPELINING', 'CHUNKING'], 2);
  const made = await faultyScene(variant, { rcpt: ['250 2.1.5 ok', '421 4.5.3 too many'] });
  expect(await outcomes(made, { to: people(2) })).toEqual([delivered, 'deferred host rcpt 421']);
});

describe('the LIMITS keyword', () => {
  test.each([
    ['', none],
    ['RCPTMAX=1', { ...none, recipients: 1 }],
    ['mailmax=20 RcptMax=999999 RCPTDOMAINMAX=3', { transactions: 20, recipients: 999_999, domains: 3 }],
    ['RCPTMAX=1000000 MAILMAX=01 RCPTDOMAINMAX=0', none],
    ['RCPTMAX= MAILMAX=-1 RCPTDOMAINMAX=1e3', none],
    ['XRCPTMAX=5 RCPTMAXX=5 MAILMAX', none],
    ['RCPTMAX=50 RCPTMAX=x RCPTMAX=20', { ...none, recipients: 20 }],
  ])('%j is read', (parameters, expected) => {
    expect(serverLimits(parameters)).toEqual(expected);
  });

  test('gives nothing but whole numbers from 1 to 999999, whatever it holds', () => {
    const parameter = fc.tuple(
      fc.constantFrom('RCPTMAX', 'mailmax', 'RCPTDOMAINMAX', 'X'),
      fc.constantFrom('=', ''),
      fc.string(),
    );
    const line = fc.array(parameter.map((parts) => parts.join(''))).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.oneof(line, fc.string()), (parameters) => {
        for (const limit of Object.values(serverLimits(parameters))) {
          expect(limit === null || (Number.isInteger(limit) && limit >= 1 && limit <= 999_999)).toBe(true);
        }
      }),
    );
  });
});
