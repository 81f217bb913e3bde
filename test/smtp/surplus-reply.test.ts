import { describe, expect, test } from 'vitest';

import { bounds } from '../../functions/smtp/bounds.ts';
import { HabitMemory } from '../../functions/smtp/server-habits.ts';
import type { Script, Verb } from '../support/scripted-smtp-server.ts';
import { outcomes, scene, variantOf, variants, type Scene, type Variant } from '../support/smtp-scene.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const slowly =
  (reply: string): Verb =>
  async (peer) => (await pause(6), peer.say(reply));

/** How a server words its acceptances of MAIL, RCPT and the message. */
const wordings: readonly [Wording, Wording, Wording] = [
  ['all alike', '250 ok', '250 ok', '250 ok'],
  ['with enhanced codes', '250 2.1.0 ok', '250 2.1.5 ok', '250 2.0.0 ok: queued as A1B2'],
  ['without enhanced codes', '250 sender fine', '250 <one@example.test> fine', '250 id=1x2y3z'],
];

type Wording = readonly [name: string, mail: string, rcpt: string, dot: string];

/** The surplus reply in the same packet, in the next one, or some time later. */
const timings: readonly (readonly [string, (reply: string) => Verb])[] = [
  ['together', (reply) => (peer) => ((peer.lastReply = reply), peer.raw(`${reply}\r\n${reply}\r\n`))],
  ['right behind', (reply) => (peer) => (peer.say(reply), peer.say(reply))],
  ['later', (reply) => async (peer) => (peer.say(reply), await pause(4), peer.say(reply))],
];

/** A server that meets the message after the honest ones of the variant with `fault`, and refuses it a little later. */
async function afterHonest(
  { extensions, before }: Variant,
  [, mail, rcpt, dot]: Wording,
  fault: Script,
): Promise<Scene> {
  const made = await scene(({ connection, transaction }) => {
    const honest = { extensions, mail, rcpt, dot };
    return connection === 0 && transaction === before
      ? { ...honest, dot: slowly('550 5.6.0 not this one'), ...fault }
      : honest;
  });
  for (let message = 0; message < before; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
  return made;
}

describe.each(variants)('one reply too many, with $name,', (variant) => {
  const cases = wordings.flatMap((wording) =>
    timings.map(([when, twice]) => [wording[0], when, wording, twice] as const),
  );

  test.each(cases)('worded %s and sent %s never delivers (R10)', async (_, __, wording, twice) => {
    const [, mail, rcpt, taken] = wording;
    const faults: Script[] = [{ mail: twice(mail) }, { mail: twice(mail), rcpt: slowly(rcpt) }, { rcpt: twice(rcpt) }];
    const both = faults.flatMap((fault) => [fault, { ...fault, dot: slowly(taken) }]);
    const seen = await Promise.all(
      both.map(async (fault) => (await outcomes(await afterHonest(variant, wording, fault)))[0]),
    );
    for (const outcome of seen) expect(outcome).toMatch(/^(in_doubt|deferred)/);
  });

  test.each(cases)('worded %s and sent %s costs the connection (R10)', async (_, __, wording, twice) => {
    const made = await afterHonest(variant, wording, { rcpt: twice(wording[2]) });
    await outcomes(made);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });
});

describe('one reply too many to a message in one flight', () => {
  const variant = variantOf(['PIPELINING', 'CHUNKING'], 2);
  const [, enhanced] = wordings;

  test.each(['550 5.6.0 not this one', '250 2.0.0 ok: queued as C3D4'])(
    'is noticed by one command more where it looks like nothing known, whether the server then says %s (R10)',
    async (verdict) => {
      const rcpt: Verb = (peer) => (peer.say('250 2.1.5 ok'), peer.say('250 2.0.0 by the way'));
      const made = await afterHonest(variant, enhanced, { rcpt, dot: slowly(verdict) });
      expect(await outcomes(made)).toEqual(['in_doubt dot']);
    },
  );

  test('refuses nobody for what is said of another recipient (R10)', async () => {
    const mail: Verb = (peer) => peer.raw('250 2.1.0 ok\r\n250 2.1.0 ok\r\n');
    const rcpt = ['250 2.1.5 ok', '550 5.1.1 unknown'];
    const made = await afterHonest(variant, enhanced, { mail, rcpt, dot: slowly(enhanced[3]) });
    expect(await outcomes(made, { to: ['one@example.test', 'two@example.test'] })).toEqual(
      Array(2).fill('in_doubt dot'),
    );
  });
});

describe.each(variants.filter(({ oneFlight }) => !oneFlight))('a reply too many to MAIL, with $name,', (variant) => {
  test('refuses nobody for what is said of another recipient (R10)', async () => {
    const mail: Verb = async (peer) => (peer.say('250 ok'), await pause(4), peer.say('250 ok'));
    const made = await afterHonest(variant, wordings[0], { mail, rcpt: ['550 5.1.1 unknown', '250 ok'] });
    const seen = await outcomes(made, { to: ['one@example.test', 'two@example.test'] });
    for (const outcome of seen) expect(outcome).toMatch(/^deferred/);
  });
});

describe.each(variants.filter(({ oneFlight }) => !oneFlight))(
  'a reply too many to an envelope, with $name,',
  (variant) => {
    const to = ['one@example.test', 'two@example.test'];
    const lateRefusal: Verb = slowly('503 5.5.1 no valid recipients');
    const twice =
      (reply: string): Verb =>
      async (peer) => (peer.say(reply), await pause(4), peer.say(reply));

    test.each<[string, Script]>([
      ['a refusal', { rcpt: [twice('550 5.1.1 unknown'), '450 4.2.1 later'] }],
      ['an acceptance of MAIL', { mail: twice('250 ok'), rcpt: ['550 5.1.1 unknown', '450 4.2.1 later'] }],
      [
        'an acceptance of MAIL, before refusals in the other order',
        { mail: twice('250 ok'), rcpt: ['450 4.2.1 later', '550 5.1.1 unknown'] },
      ],
    ])(
      '%s, refuses nobody for what is said of another recipient, however late DATA is refused (R10)',
      async (_, fault) => {
        const made = await afterHonest(variant, wordings[1], { ...fault, data: lateRefusal });
        const [one, two] = await outcomes(made, { to });
        const wrong = Array.isArray(fault.rcpt) && fault.rcpt[0] === '450 4.2.1 later' ? one : two;
        expect(wrong).not.toMatch(/^bounced/);
      },
    );

    test('is not looked for where DATA and all recipients are refused for good (R04)', async () => {
      const made = await afterHonest(variant, wordings[1], { rcpt: '550 5.1.1 unknown' });
      expect(await outcomes(made, { to })).toEqual(Array(2).fill('bounced smtp rcpt 550'));
      const { commands } = made.server;
      const asked = commands.slice(commands.findLastIndex((line) => line.startsWith('MAIL')));
      expect(asked.includes('NOOP')).toBe(!asked.includes('DATA'));
    });
  },
);

describe('an honest server', () => {
  const variant = variantOf(['PIPELINING', 'CHUNKING'], 2);

  test.each(wordings)('that words its replies %s gets as few round trips as that allows', async (...wording) => {
    const made = await afterHonest(variant, wording, { dot: wording[3] });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    const flight = made.server.pieces[0]?.findLast((piece) => piece.includes('hello')) ?? '';
    expect(flight.includes('MAIL') && flight.includes('hello')).toBe(wording[0] !== 'all alike');
    expect(made.server.commands).not.toContain('NOOP');
  });

  test('may change its words: a verdict unlike the ones before is taken after one command more', async () => {
    const made = await afterHonest(variant, wordings[1], { dot: '250' });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.commands.at(-1)).toBe('NOOP');
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(1);
    const refusing = await afterHonest(variant, wordings[1], { dot: '554 5.7.1 spam' });
    const to = ['one@example.test', 'two@example.test'];
    expect(await outcomes(refusing, { to })).toEqual(Array(2).fill('bounced smtp dot 554'));
  });

  test.each<[string, Verb]>([
    ['closes', (peer) => (peer.say('250'), peer.end())],
    ['says 421', async (peer) => (peer.say('250'), await peer.line(), peer.say('421 4.3.2 closing'))],
  ])('that %s after such a verdict has given it, and serves no more (S25, F04)', async (_, dot) => {
    const made = await afterHonest(variant, wordings[1], { dot });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('that never answers the command after leaves doubt', async () => {
    const made = await afterHonest(variant, wordings[1], { dot: (peer) => (peer.say('250'), peer.hang()) });
    expect(await outcomes(made, { withinMs: 400 })).toEqual(['in_doubt dot']);
  });
});

describe('a new connection to a server that has shown how it replies', () => {
  const [, enhanced] = wordings;
  const extensions = ['PIPELINING', 'CHUNKING'];
  const [, mail, rcpt, taken] = enhanced;
  const hangsUp: Verb = (peer) => (peer.say(taken), peer.end());

  /** A server that hangs up after each message; the one at `connection` is met with `fault`. */
  const hangingUp = (connection: number, fault: Script): Promise<Scene> =>
    scene((at) => ({ extensions, mail, rcpt, dot: hangsUp, ...(at.connection === connection ? fault : {}) }));

  /** Whether the message of each connection went out with its envelope. */
  const inOneFlight = ({ server }: Scene): boolean[] =>
    server.pieces.map((pieces) => pieces.some((piece) => piece.includes('MAIL') && piece.includes('hello')));

  test('needs one round trip for its first message', async () => {
    const made = await hangingUp(-1, {});
    for (let message = 0; message < 4; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(inOneFlight(made)).toEqual([false, false, true, true]);
  });

  test('is not trusted further when its replies are one too many, nor is the next (R10)', async () => {
    const made = await hangingUp(2, {
      rcpt: (peer) => peer.raw(`${rcpt}\r\n${rcpt}\r\n`),
      dot: slowly('550 5.6.0 no'),
    });
    for (let message = 0; message < 2; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(await outcomes(made)).toEqual(['in_doubt dot']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(inOneFlight(made)).toEqual([false, false, true, false]);
  });

  test('has still to show that it goes on after a message', async () => {
    const made = await hangingUp(2, { dot: taken });
    for (let message = 0; message < 4; message++) expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(3);
    const [, , third] = made.server.pieces;
    expect(third?.filter((piece) => piece.includes('MAIL') && piece.includes('hello'))).toHaveLength(1);
  });
});

test('the habits of the servers met last are kept, and no more', () => {
  const memory = new HabitMemory();
  const first = memory.of('first');
  expect(memory.of('first')).toBe(first);
  for (let server = 0; server < bounds.habitsKept; server++) memory.of(`other ${server}`);
  expect(memory.of('first')).not.toBe(first);
});
