import { describe, expect, test } from 'vitest';

import type { Script } from '../support/scripted-smtp-server.ts';
import { impatient, patient } from '../support/smtp-order.ts';
import { faultyScene, outcomes, variants } from '../support/smtp-scene.ts';
import type { SmtpSettings } from '../../functions/smtp/settings.ts';

/** What each variant comes to, all waiting at the same time: `name: outcome, outcome`. */
function inEveryVariant(
  fault: Script,
  timeouts: SmtpSettings['timeouts'],
  order: Parameters<typeof outcomes>[1] = {},
): Promise<string[]> {
  return Promise.all(
    variants.map(async (variant) => {
      const made = await faultyScene(variant, fault, { timeouts });
      const seen = await outcomes(made, { withinMs: 60_000, ...order });
      return `${variant.name}: ${seen.join(', ')}`;
    }),
  );
}

function expected(otherwise: string, inOneFlight: string): string[] {
  return variants.map(({ name, oneFlight }) => `${name}: ${oneFlight ? inOneFlight : otherwise}`);
}

describe('a server that falls silent', () => {
  test('at MAIL means the next host, unless it may have read the message already (M06, C27)', async () => {
    const seen = await inEveryVariant({ mail: (peer) => peer.hang() }, impatient);
    expect(seen).toEqual(expected('deferred host mail next', 'in_doubt dot'));
  });

  test('at RCPT means the next host, unless it may have read the message already (R09, C27)', async () => {
    const seen = await inEveryVariant({ rcpt: (peer) => peer.hang() }, impatient);
    expect(seen).toEqual(expected('deferred host rcpt next', 'in_doubt dot'));
  });

  test('for one reply only means the same, whatever the others seem to answer (R09)', async () => {
    const to = ['one@example.test', 'two@example.test', 'three@example.test'];
    const seen = await inEveryVariant({ rcpt: ['250 ok', () => {}, '250 ok'] }, impatient, { to });
    const all = (outcome: string): string => to.map(() => outcome).join(', ');
    expect(seen).toEqual(expected(all('deferred host rcpt next'), all('in_doubt dot')));
  });

  test('for one reply never makes a refusal out of the next one (M06, R09)', async () => {
    const to = ['one@example.test', 'two@example.test'];
    const atMail = { mail: () => {}, rcpt: '503 5.5.1 MAIL first', data: '503 5.5.1 MAIL first' };
    const atRcpt: Script = { rcpt: [() => {}, '550 5.1.1 unknown'], data: '503 5.5.1 nobody' };
    const all = (outcome: string): string => to.map(() => outcome).join(', ');
    const inDoubt = all('in_doubt dot');
    const [mail, rcpt] = await Promise.all([
      inEveryVariant(atMail, impatient, { to }),
      inEveryVariant(atRcpt, impatient, { to }),
    ]);
    expect(mail).toEqual(expected(all('deferred host mail next'), inDoubt));
    // A pipelined DATA answers in place of the last RCPT.
    const shifted = rcpt.map((seen) => seen.replaceAll('host data', 'host rcpt'));
    expect(shifted).toEqual(expected(all('deferred host rcpt next'), inDoubt));
  });

  test('after the message leaves it in doubt (F01, C27)', async () => {
    const seen = await inEveryVariant({ dot: (peer) => peer.hang() }, impatient);
    expect(seen).toEqual(expected('in_doubt dot', 'in_doubt dot'));
  });

  test('in a reply of several lines after the message leaves it in doubt (F07)', async () => {
    const seen = await inEveryVariant({ dot: (peer) => (peer.raw('250-wait\r\n'), peer.hang()) }, impatient);
    expect(seen).toEqual(expected('in_doubt dot', 'in_doubt dot'));
  });

  test('and reads no more in the body means later, without doubt (D06)', async () => {
    const content = Buffer.alloc(12 * 1024 * 1024, `${'x'.repeat(70)}\r\n`);
    const body: Script['body'] = (peer) => (peer.pause(), peer.hang());
    const seen = await inEveryVariant({ body }, { ...patient, blockMs: 500 }, { content });
    expect(seen).toEqual(expected('deferred host body', 'deferred host body'));
  });
});
