import { describe, expect, test } from 'vitest';

import type { Verb } from '../support/scripted-smtp-server.ts';
import { faultyScene, outcomes, sent, variants } from '../support/smtp-scene.ts';
import { summary } from '../support/smtp-order.ts';

const three = ['one@example.test', 'two@example.test', 'three@example.test'];
const says =
  (octets: string): Verb =>
  (peer) => {
    peer.lastReply = octets;
    peer.raw(octets);
  };

describe.each(variants)('with $name', (variant) => {
  const { oneFlight, before } = variant;

  test.each([
    ['450 4.2.0 later', 'deferred message mail 450'],
    ['452 4.3.1 full', 'deferred message mail 452'],
    ['550 5.7.1 no', 'bounced smtp mail 550'],
    ['552 5.3.4 too big', 'bounced smtp mail 552'],
    ['530 5.7.0 log in first', 'deferred route mail 530'],
    ['534 5.7.9 too weak a login', 'deferred route mail 534'],
    ['535 5.7.8 your token has expired', 'deferred route mail 535'],
    ['538 5.7.11 not without TLS', 'deferred route mail 538'],
    ['599', 'bounced smtp mail 599'],
    ['466 odd', 'deferred message mail 466'],
  ])('MAIL answered %s is %s (M01, M02, M03, M04, C20)', async (mail, expected) => {
    const made = await faultyScene(variant, { mail });
    expect(await outcomes(made)).toEqual([expected]);
    expect(made.server.messages).toHaveLength(variant.before);
    expect(await outcomes(made)).toEqual([expected]);
  });

  test('MAIL answered 421 goes to the next host, or to a new connection if it was reused (M01, S25)', async () => {
    const made = await faultyScene(variant, { mail: (peer) => (peer.say('421 4.3.2 enough'), peer.end()) });
    expect(await outcomes(made)).toEqual([variant.reused ? 'delivered dot 250' : 'deferred host mail 421 next']);
    expect(made.server.messages).toHaveLength(variant.reused ? before + 1 : 0);
  });

  test.each<[string, Verb]>([
    ['a reset', (peer) => peer.reset()],
    ['a close', (peer) => peer.end()],
  ])(
    'MAIL answered with %s goes to the next host, or to a new connection if it was reused (M05, C22)',
    async (_, mail) => {
      const made = await faultyScene(variant, { mail });
      const otherwise = variant.reused ? 'delivered dot 250' : 'deferred host mail next';
      expect(await outcomes(made)).toEqual([oneFlight ? 'in_doubt dot' : otherwise]);
    },
  );

  test('each recipient has its own outcome (R01, R07, C33)', async () => {
    const made = await faultyScene(variant, { rcpt: ['251 2.1.5 forwarded', '550 5.1.1 unknown', '450 4.2.1 later'] });
    const expected = ['delivered dot 250', 'bounced smtp rcpt 550', 'deferred message rcpt 450'];
    expect(await outcomes(made, { to: three })).toEqual(expected);
    expect(made.server.messages.at(-1)?.rcpt).toHaveLength(1);
  });

  test('252 to RCPT is an acceptance (R07)', async () => {
    const made = await faultyScene(variant, { rcpt: '252 2.1.5 cannot verify' });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
  });

  test.each([
    ['530 5.7.0 log in first', 'deferred route rcpt 530'],
    ['535 5.7.8 your token has expired', 'deferred route rcpt 535'],
    ['521 5.3.2 no mail here', 'bounced smtp rcpt 521'],
    ['450 5.1.1 contradiction', 'deferred message rcpt 450'],
    ['550 4.2.0 contradiction', 'bounced smtp rcpt 550'],
  ])('RCPT answered %s is %s (R08, F12)', async (rcpt, expected) => {
    const made = await faultyScene(variant, { rcpt });
    expect(await outcomes(made)).toEqual([expected]);
    expect(made.server.messages).toHaveLength(variant.before);
  });

  test('all recipients refused means no content and a connection that is still good (R04)', async () => {
    const made = await faultyScene(variant, { rcpt: ['550 5.1.1 no', '450 4.2.0 later', '552 5.2.2 full'] });
    const refused = ['bounced smtp rcpt 550', 'deferred message rcpt 450', 'deferred message rcpt 552'];
    expect(await outcomes(made, { to: three })).toEqual(refused);
    expect(made.server.messages).toHaveLength(variant.before);
    expect(await outcomes(made, { to: three })).toEqual(refused);
    expect(made.server.connections).toBe(1);
    expect(made.server.commands).toContain('RSET');
  });

  test.each([452, 552])('%i after one recipient means the rest at once (R02, R03, C25)', async (code) => {
    const full = `${code} too many recipients`;
    const made = await faultyScene(variant, { rcpt: ['250 ok', full, full] });
    expect(await outcomes(made, { to: three })).toEqual(Array(3).fill('delivered dot 250'));
    expect(made.server.messages.slice(before).map(({ rcpt }) => rcpt.length)).toEqual([1, 2]);
    expect(made.server.connections).toBe(1);
  });

  test('452 after one recipient means later when the one was not taken either', async () => {
    const made = await faultyScene(variant, { rcpt: ['250 ok', '452 full'], dot: '451 4.3.0 later' });
    const expected = ['deferred message dot 451', 'deferred message rcpt 452'];
    expect(await outcomes(made, { to: three.slice(0, 2) })).toEqual(expected);
    expect(made.server.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(before + 1);
  });

  test('421 between recipients defers all that are not decided (R06)', async () => {
    const closes: Verb = (peer) => (peer.say('421 4.7.0 closing'), peer.end());
    const made = await faultyScene(variant, { rcpt: ['250 ok', '550 5.1.1 no', closes, '250 ok'] });
    const result = await outcomes(made, { to: [...three, 'four@example.test'] });
    const deferred = 'deferred host rcpt 421';
    expect(result).toEqual([deferred, 'bounced smtp rcpt 550', deferred, deferred]);
  });

  test('421 from a server that goes on all the same is taken at its word (R06)', async () => {
    const made = await faultyScene(variant, { rcpt: ['421 4.7.0 closing', '250 ok', '250 ok'] });
    const deferred = 'deferred host rcpt 421';
    const others = oneFlight ? 'delivered dot 250' : deferred;
    expect(await outcomes(made, { to: three })).toEqual([deferred, others, others]);
    expect(made.server.messages).toHaveLength(oneFlight ? before + 1 : before);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test.each(['502 5.5.1 no', '421 4.3.2 closing', '354 what'])(
    'a connection on which RSET is answered %s is replaced at no cost',
    async (rset) => {
      const made = await faultyScene(variant, { rcpt: '550 5.1.1 no', rset });
      expect(await outcomes(made)).toEqual(['bounced smtp rcpt 550']);
      expect(await outcomes(made)).toEqual(['delivered dot 250']);
      expect(made.server.connections).toBe(2);
    },
  );

  test.each([
    ['MAIL', { mail: says('250 ok\r\n250 ok\r\n') }],
    ['RCPT', { rcpt: says('250 ok\r\n250 ok\r\n') }],
  ])('one reply too many to %s never delivers (R10)', async (_, fault) => {
    const made = await faultyScene(variant, fault);
    const [outcome] = await outcomes(made);
    expect(outcome).toMatch(oneFlight ? /^in_doubt/ : /^deferred host/);
    expect(made.server.messages).toHaveLength(oneFlight ? before + 1 : before);
  });

  test.each(['mail', 'rcpt'] as const)('354 to %s costs the connection', async (step) => {
    const made = await faultyScene(variant, { [step]: '354 go on' });
    expect(await outcomes(made)).toEqual([oneFlight ? 'in_doubt dot' : `deferred host ${step} next`]);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('a reset at RCPT goes to the next host, unless the message was in the same flight', async () => {
    const made = await faultyScene(variant, { rcpt: (peer) => peer.reset() });
    const [outcome] = await outcomes(made);
    const reconnects = variant.reused && variant.extensions.includes('PIPELINING');
    expect(outcome).toMatch(
      oneFlight ? /^in_doubt/ : reconnects ? /^delivered|^deferred host rcpt next/ : /^deferred host rcpt next$/,
    );
  });

  test('a sender without address is <> (C34)', async () => {
    const made = await faultyScene(variant, {});
    expect(summary(await sent(made, { from: null }))).toEqual(['delivered dot 250']);
    expect(made.server.messages.at(-1)?.mail).toMatch(/^MAIL FROM:<>/);
  });
});

describe.each(variants.filter(({ byData }) => byData))('DATA with $name', (variant) => {
  test.each([
    ['554 5.7.1 no', 'bounced smtp data 554'],
    ['451 4.3.0 later', 'deferred message data 451'],
    ['421 4.3.2 closing', 'deferred host data 421'],
    ['250 fine', 'deferred host data 250 next'],
    ['300 what', 'deferred host data 300 next'],
  ])('answered %s is %s, and no content is sent (D01, D02, C19)', async (data, expected) => {
    const made = await faultyScene(variant, { data });
    expect(await outcomes(made)).toEqual([expected]);
    expect(made.server.messages).toHaveLength(variant.before);
    expect(made.server.pieces.flat().join('')).not.toMatch(variant.reused ? /hello[^]*hello/ : /hello/);
  });

  test.each([
    ['554 5.7.1 no', 'bounced smtp data 554'],
    ['451 4.3.0 later', 'deferred message data 451'],
  ])('answered %s is that of those accepted, beside those refused (D02)', async (data, expected) => {
    const made = await faultyScene(variant, { rcpt: ['250 ok', '550 5.1.1 no', '250 ok'], data });
    expect(await outcomes(made, { to: three })).toEqual([expected, 'bounced smtp rcpt 550', expected]);
  });

  test.each([
    ['554 5.7.1 no', 1],
    ['250 fine', 2],
    ['300 what', 2],
  ])('answered %s leaves a connection fit for more, or none', async (data, connections) => {
    const made = await faultyScene(variant, { data });
    await sent(made);
    await sent(made);
    expect(made.server.connections).toBe(connections);
  });

  test('answered 354 and 250 in one packet is dropped (D03, C19)', async () => {
    const made = await faultyScene(variant, { data: says('354 go\r\n250 taken\r\n') });
    expect(await outcomes(made)).toEqual(['deferred host data']);
    expect(made.server.messages).toHaveLength(variant.before);
  });

  test('answered 354 and 250 in two packets is dropped (D03)', async () => {
    const made = await faultyScene(variant, {
      data: (peer) => {
        peer.say('354 go');
        peer.raw('250 taken\r\n');
      },
    });
    expect(await outcomes(made)).toEqual([expect.stringMatching(/^deferred host (data|body)$/)]);
  });

  test('answered 354 and a reset leaves no doubt', async () => {
    const made = await faultyScene(variant, {
      data: async (peer) => {
        peer.say('354 go');
        await new Promise((resolve) => setImmediate(resolve));
        peer.reset();
      },
    });
    expect((await outcomes(made))[0]).toMatch(/^(deferred host (data|body)|in_doubt)/);
  });
});

const pipelinedData = variants.filter(({ byData, extensions }) => byData && extensions.includes('PIPELINING'));

describe.each(pipelinedData)('a pipelined DATA with $name', (variant) => {
  const { before } = variant;

  test('that opens although all recipients were refused gets a lone dot (P01, C52)', async () => {
    const made = await faultyScene(variant, { rcpt: '550 5.1.1 no', data: '354 go on', dot: '554 5.5.1 nobody' });
    expect(await outcomes(made)).toEqual(['bounced smtp rcpt 550']);
    expect(made.server.messages.slice(before).map(({ content }) => content.length)).toEqual([0]);
  });

  test('that opens although all recipients were refused takes the connection along when it is not ended (P01)', async () => {
    const made = await faultyScene(variant, { rcpt: '450 4.2.0 no', data: '354 go on', dot: (peer) => peer.reset() });
    expect(await outcomes(made)).toEqual(['deferred message rcpt 450']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });

  test('that opens although MAIL was refused is left alone (P02, C52)', async () => {
    const made = await faultyScene(variant, { mail: '550 5.7.1 no', data: '354 go on' });
    expect(await outcomes(made)).toEqual(['bounced smtp mail 550']);
    expect(made.server.messages).toHaveLength(before);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(made.server.connections).toBe(2);
  });
});
