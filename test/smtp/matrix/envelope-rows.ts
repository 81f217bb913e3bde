import type { Ending, FaultRow } from '../../support/fault-matrix.ts';
import { closes, closesAfter, fallsSilent, saysNothing, says } from '../../support/smtp-verbs.ts';
import { contentOf } from '../../support/smtp-order.ts';

const three = ['one@example.test', 'two@example.test', 'three@example.test'];
const accepted = 'delivered dot 250';
const inDoubt = 'in_doubt dot';
type At = Parameters<FaultRow['ending']>[0];

const kept =
  (...outcomes: readonly string[]) =>
  (): Ending => ({ outcomes, connection: 'kept' });

/** In one flight the server may have the message already, whatever it says of the envelope. */
function dropped(otherwise: readonly (string | RegExp)[], inOneFlight = inDoubt) {
  return ({ oneFlight }: At): Ending => ({
    outcomes: oneFlight ? otherwise.map(() => inOneFlight) : otherwise,
    connection: 'dropped',
  });
}

/** A connection that had gone is replaced at no cost. */
function stale(outcome: string, inOneFlight = accepted) {
  return ({ reused, oneFlight }: At): Ending => {
    const replaced = oneFlight ? inOneFlight : accepted;
    return { outcomes: [reused ? replaced : outcome], connection: 'dropped' };
  };
}

const replaced = (): Ending => ({ outcomes: [accepted], connection: 'dropped' });

/** While the connection rests between two messages. */
export const idleRows: readonly FaultRow[] = [
  { ids: ['S24'], does: 'closes while idle', at: 'idle', whileIdle: (peer) => peer.end(), ending: replaced },
  { ids: ['S24'], does: 'resets while idle', at: 'idle', whileIdle: (peer) => peer.reset(), ending: replaced },
  {
    ids: ['S24'],
    does: 'says 421 while idle',
    at: 'idle',
    whileIdle: (peer) => (peer.raw('421 4.4.2 idle\r\n'), peer.end()),
    ending: replaced,
  },
  {
    ids: ['S26'],
    does: 'says something while idle',
    at: 'idle',
    whileIdle: (peer) => peer.raw('250 hello?\r\n'),
    ending: replaced,
  },
];

/** MAIL. */
export const mailRows: readonly FaultRow[] = [
  ...(
    [
      ['M01', '450 4.2.0 later', 'deferred message mail 450'],
      ['M02', '550 5.7.1 no', 'bounced smtp mail 550'],
      ['M03', '552 5.3.4 too big', 'bounced smtp mail 552'],
      ['M04', '452 4.3.1 full', 'deferred message mail 452'],
      ['A03', '530 5.7.0 log in first', 'deferred route mail 530'],
      ['F12', '550 4.7.1 contradiction', 'bounced smtp mail 550'],
    ] as const
  ).map(([id, mail, outcome]): FaultRow => {
    return { ids: [id], does: `answers MAIL ${mail}`, at: 'envelope', fault: { mail }, ending: kept(outcome) };
  }),
  {
    ids: ['M01', 'S25'],
    does: 'answers MAIL 421 and closes',
    at: 'envelope',
    fault: { mail: closesAfter('421 4.3.2 enough') },
    ending: stale('deferred host mail 421 next'),
  },
  {
    ids: ['M03'],
    does: 'declares a SIZE that is too small',
    at: 'envelope',
    offers: ['SIZE 1000'],
    order: { content: 'x'.repeat(1001) },
    ending: kept('bounced local mail 552'),
    never: ['MAIL', 'DATA', 'BDAT'],
    hopeless: 'order',
  },
  {
    ids: ['M05'],
    does: 'closes at MAIL',
    at: 'envelope',
    fault: { mail: closes },
    ending: stale('deferred host mail next', inDoubt),
  },
  {
    ids: ['M06'],
    does: 'falls silent at MAIL',
    at: 'envelope',
    fault: { mail: fallsSilent },
    ending: dropped(['deferred host mail next']),
    untilDeadline: 'everywhere',
  },
];

/** RCPT, and what the recipients need. */
export const rcptRows: readonly FaultRow[] = [
  {
    ids: ['R01'],
    does: 'takes one recipient, refuses one and defers one',
    at: 'envelope',
    fault: { rcpt: ['250 ok', '550 5.1.1 unknown', '450 4.2.1 later'] },
    order: { to: three },
    ending: kept(accepted, 'bounced smtp rcpt 550', 'deferred message rcpt 450'),
  },
  ...(['452', '552'] as const).map((code): FaultRow => {
    return {
      ids: [code === '452' ? 'R02' : 'R03'],
      does: `says ${code} after one recipient`,
      at: 'envelope',
      fault: { rcpt: ['250 ok', `${code} too many`, `${code} too many`] },
      order: { to: three },
      ending: kept(accepted, accepted, accepted),
    };
  }),
  {
    ids: ['R04'],
    does: 'refuses all recipients, each its own way',
    at: 'envelope',
    fault: { rcpt: ['550 5.1.1 no', '450 4.2.0 later', '552 5.2.2 full'] },
    order: { to: three },
    ending: kept('bounced smtp rcpt 550', 'deferred message rcpt 450', 'deferred message rcpt 552'),
  },
  ...['450 4.2.0 greylisted', '451 4.7.1 greylisted'].map((rcpt): FaultRow => {
    const ending = kept(`deferred message rcpt ${rcpt.slice(0, 3)}`);
    return { ids: ['R05'], does: `answers RCPT ${rcpt}`, at: 'envelope', fault: { rcpt }, ending };
  }),
  {
    ids: ['R06'],
    does: 'says 421 between recipients and closes',
    at: 'envelope',
    fault: { rcpt: ['250 ok', '550 5.1.1 no', closesAfter('421 4.7.0 closing')] },
    order: { to: three },
    ending: () => ({
      outcomes: ['deferred host rcpt 421', 'bounced smtp rcpt 550', 'deferred host rcpt 421'],
      connection: 'dropped',
    }),
  },
  {
    ids: ['R06'],
    does: 'says 421 to the first recipient and goes on',
    at: 'envelope',
    fault: { rcpt: ['421 4.7.0 closing', '250 ok', '250 ok'] },
    order: { to: three },
    ending: ({ oneFlight }) => {
      const other = oneFlight ? accepted : 'deferred host rcpt 421';
      return { outcomes: ['deferred host rcpt 421', other, other], connection: 'dropped' };
    },
  },
  ...['251 2.1.5 forwarded', '252 2.1.5 cannot verify'].map((rcpt): FaultRow => {
    return { ids: ['R07'], does: `answers RCPT ${rcpt}`, at: 'envelope', fault: { rcpt }, ending: kept(accepted) };
  }),
  ...(
    [
      ['530 5.7.0 log in first', 'deferred route rcpt 530'],
      ['521 5.3.2 no mail here', 'bounced smtp rcpt 521'],
    ] as const
  ).map(([rcpt, outcome]): FaultRow => {
    return { ids: ['R08'], does: `answers RCPT ${rcpt}`, at: 'envelope', fault: { rcpt }, ending: kept(outcome) };
  }),
  {
    ids: ['R09'],
    does: 'leaves out the reply to one recipient',
    at: 'envelope',
    fault: { rcpt: ['250 ok', saysNothing, '250 ok'] },
    order: { to: three },
    ending: dropped(three.map(() => 'deferred host rcpt next')),
    untilDeadline: 'in some',
  },
  ...(['mail', 'rcpt'] as const).map((step): FaultRow => {
    return {
      ids: ['R10'],
      does: `answers ${step.toUpperCase()} twice`,
      at: 'envelope',
      fault: { [step]: says('250 ok\r\n250 ok\r\n') },
      ending: dropped([/^deferred host (mail|rcpt|data)( next)?$/]),
    };
  }),
  {
    ids: ['R12'],
    does: 'offers no SMTPUTF8 to an international local part',
    at: 'envelope',
    order: { to: ['one@example.test', 'zoë@example.test'] },
    ending: kept(accepted, 'bounced local mail 553'),
  },
  {
    ids: ['R12'],
    does: 'offers no SMTPUTF8 to an international domain, which is an A-label',
    at: 'envelope',
    order: { to: ['one@xn--bcher-kva.example'] },
    ending: kept(accepted),
  },
  {
    ids: ['R13'],
    does: 'offers no 8BITMIME to content that has need of it',
    at: 'envelope',
    order: {
      facts: { eightBit: true },
      encode: (form) => Promise.resolve(contentOf(Buffer.from(form === '7bit' ? 'Zo=C3=AB\r\n' : 'Zoë\r\n'))),
      content: 'Zo=C3=AB\r\n',
    },
    ending: kept(accepted),
  },
];
