import type { Target } from '../../../functions/core/ports/router.ts';
import type { Ending, FaultRow } from '../../support/fault-matrix.ts';
import { closesAfter, handshakesSlowly } from '../../support/smtp-verbs.ts';
import type { Verb } from '../../support/scripted-smtp-server.ts';

const opportunistic = { tls: 'opportunistic' } as const;
const login = { user: 'user', secret: 'secret', mechanism: null };
const record = { usage: 3, selector: 1, matchingType: 1, association: Buffer.alloc(32, 'another key') };
const daneTarget: Partial<Target> = {
  tls: 'dane',
  policy: {
    rule: 'dane',
    domain: 'example.test',
    dane: { base: 'mx.example.test', names: ['example.test'], records: [record] },
    objection: null,
    published: null,
  },
};
const never = ['MAIL', 'RCPT', 'DATA', 'BDAT'];
const elsewhere = (): Ending => ({ outcomes: ['deferred host starttls next'], connection: 'dropped' });
const delivered = (): Ending => ({ outcomes: ['delivered dot 250'], connection: 'kept' });
const inPlaintext = (): Ending => ({ outcomes: ['delivered dot 250'], connection: 'dropped' });
const refused = (code: number) => (): Ending => ({
  outcomes: [`deferred host starttls ${code} next`],
  connection: 'dropped',
});
const routeFault = (outcome: string) => (): Ending => ({ outcomes: [outcome], connection: 'dropped' });
const goesAheadAndResets: Verb = async (peer) => {
  peer.raw('220 go\r\n');
  // The beginning of our half of the handshake.
  await peer.some();
  peer.reset();
};
const injects: Verb = (peer) => {
  peer.lastReply = '220';
  peer.raw('220 go\r\n250-evil\r\n250 LIMITS RCPTMAX=1\r\n');
};

/** STARTTLS and its handshake. */
export const tlsRows: readonly FaultRow[] = [
  ...['454 4.7.0 not now', '502 5.5.1 no'].flatMap((starttls): FaultRow[] => [
    {
      ids: ['T01'],
      does: `answers STARTTLS ${starttls}, and TLS is opportunistic`,
      at: 'starttls',
      fault: { starttls },
      target: opportunistic,
      ending: inPlaintext,
    },
    {
      ids: ['T02'],
      does: `answers STARTTLS ${starttls}, and TLS is required`,
      at: 'starttls',
      fault: { starttls },
      ending: refused(Number(starttls.slice(0, 3))),
      never,
    },
  ]),
  {
    ids: ['T03'],
    does: 'answers STARTTLS 421',
    at: 'starttls',
    fault: { starttls: closesAfter('421 4.3.2 closing') },
    target: opportunistic,
    ending: refused(421),
    never,
  },
  {
    ids: ['T04'],
    does: 'goes ahead with STARTTLS and falls silent',
    at: 'starttls',
    fault: { starttls: (peer) => (peer.raw('220 go\r\n'), peer.hang()) },
    target: opportunistic,
    ending: elsewhere,
    untilDeadline: 'everywhere',
    never,
  },
  {
    ids: ['T05'],
    does: 'goes ahead with STARTTLS and resets',
    at: 'starttls',
    fault: { starttls: goesAheadAndResets },
    target: opportunistic,
    ending: elsewhere,
    never,
  },
  { ids: ['T06'], does: 'injects replies after 220', at: 'starttls', fault: { starttls: injects }, ending: delivered },
  {
    ids: ['T07'],
    does: 'offers no STARTTLS, and TLS is required',
    at: 'starttls',
    fault: { extensions: [] },
    ending: elsewhere,
    never,
  },
  {
    ids: ['T08'],
    does: 'offers no STARTTLS, and TLS is opportunistic',
    at: 'starttls',
    fault: { extensions: [] },
    target: opportunistic,
    ending: delivered,
  },
  ...(['self-signed', 'expired'] as const).flatMap((certificate): FaultRow[] => [
    {
      ids: ['T09'],
      does: `has a certificate that is ${certificate}, and TLS is opportunistic`,
      at: 'starttls',
      fault: { certificate },
      target: opportunistic,
      ending: delivered,
    },
    {
      ids: ['T10'],
      does: `has a certificate that is ${certificate}, and TLS is required`,
      at: 'starttls',
      fault: { certificate },
      ending: elsewhere,
      never,
    },
  ]),
  {
    ids: ['T11'],
    does: 'has the certificate of another host',
    at: 'starttls',
    target: { host: 'other.example.test' },
    ending: elsewhere,
    never,
    hopeless: 'target',
  },
  {
    ids: ['T14'],
    does: 'has a certificate that its TLSA records do not name',
    at: 'starttls',
    target: daneTarget,
    ending: elsewhere,
    never,
    hopeless: 'target',
  },
  {
    ids: ['T13'],
    does: 'shakes hands octet by octet',
    at: 'starttls',
    fault: { starttls: handshakesSlowly },
    ending: elsewhere,
    untilDeadline: 'everywhere',
    never,
  },
];

/** Logins at a smarthost. */
export const loginRows: readonly FaultRow[] = [
  {
    ids: ['A01'],
    does: 'offers logins that show the password, TLS or not, where TLS is not to be had',
    at: 'login',
    offers: ['AUTH PLAIN LOGIN XOAUTH2'],
    target: { credentials: login, tls: 'none' },
    ending: routeFault('deferred route auth'),
    never: [...never, 'AUTH'],
    hopeless: 'target',
  },
  {
    ids: ['A02'],
    does: 'offers no login',
    at: 'login',
    target: { credentials: login },
    ending: routeFault('deferred route auth'),
    never: [...never, 'AUTH'],
    hopeless: 'target',
  },
  {
    ids: ['A03'],
    does: 'refuses the login',
    at: 'login',
    offers: ['AUTH PLAIN'],
    fault: { auth: '535 5.7.8 no' },
    target: { credentials: login },
    ending: routeFault('deferred route auth 535'),
    never,
  },
  {
    ids: ['A04'],
    does: 'cannot tell about the login',
    at: 'login',
    offers: ['AUTH PLAIN'],
    fault: { auth: '454 4.7.0 later' },
    target: { credentials: login },
    ending: routeFault('deferred host auth 454'),
    never,
  },
];
