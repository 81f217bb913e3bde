import { patient } from '../../support/smtp-order.ts';
import type { Ending, FaultRow } from '../../support/fault-matrix.ts';
import {
  addsLater,
  closes,
  closesAfter,
  fallsSilent,
  readsNothing,
  readsSlowly,
  repliesLate,
  resets,
  resetsAfter,
  says,
} from '../../support/smtp-verbs.ts';
import type { Verb } from '../../support/scripted-smtp-server.ts';

const accepted = 'delivered dot 250';
// More than the buffers of the network hold: what ends in the body ends before all of it has left.
const large = Buffer.alloc(12 * 1024 * 1024, `${'x'.repeat(70)}\r\n`);
const unhurried = { ...patient, commandMs: 120_000, dataMs: 120_000, dotMs: 120_000, greetingMs: 120_000 };
const impatientBlocks = { timeouts: { ...unhurried, blockMs: 500 } };

const kept = (outcome: string) => (): Ending => ({ outcomes: [outcome], connection: 'kept' });
const dropped = (outcome: string | RegExp) => (): Ending => ({ outcomes: [outcome], connection: 'dropped' });
const inDoubt = dropped('in_doubt dot');

/** DATA, and what servers make of it before the content. */
export const dataRows: readonly FaultRow[] = [
  {
    ids: ['P01'],
    does: 'refuses all recipients and opens DATA',
    at: 'pipelined data',
    fault: { rcpt: '550 5.1.1 no', data: '354 go on', dot: '554 5.5.1 nobody' },
    ending: kept('bounced smtp rcpt 550'),
  },
  {
    ids: ['P02'],
    does: 'refuses MAIL and opens DATA',
    at: 'pipelined data',
    fault: { mail: '550 5.7.1 no', data: '354 go on' },
    ending: dropped('bounced smtp mail 550'),
  },
  {
    ids: ['D01'],
    does: 'answers DATA 250',
    at: 'data',
    fault: { data: '250 fine' },
    ending: dropped('deferred host data 250 next'),
  },
  {
    ids: ['D02'],
    does: 'answers DATA 554',
    at: 'data',
    fault: { data: '554 5.7.1 no' },
    ending: kept('bounced smtp data 554'),
  },
  {
    ids: ['D02'],
    does: 'answers DATA 451',
    at: 'data',
    fault: { data: '451 4.3.0 later' },
    ending: kept('deferred message data 451'),
  },
  {
    ids: ['D03'],
    does: 'answers DATA 354 and 250 in one packet',
    at: 'data',
    fault: { data: says('354 go\r\n250 taken\r\n') },
    ending: dropped('deferred host data'),
  },
  {
    ids: ['R09'],
    does: 'falls silent at DATA',
    at: 'data',
    fault: { data: fallsSilent },
    ending: dropped(/^deferred host (data|rcpt)( next)?$/),
    untilDeadline: 'everywhere',
  },
];

/** While the content is on its way, and what it has to arrive as. */
export const bodyRows: readonly FaultRow[] = [
  ...(
    [
      ['D04', 'accepts in the body', says('250 ok\r\n')],
      ['D04', 'says 421 in the body', closesAfter('421 4.3.2 closing')],
      ['D05', 'resets in the body', resets],
    ] as const
  ).map(([id, does, body]): FaultRow => {
    const ending = dropped(/^deferred host body/);
    return { ids: [id], does, at: 'content', fault: { body }, order: { content: large }, ending };
  }),
  {
    ids: ['D06'],
    does: 'reads nothing in the body',
    at: 'content',
    fault: { body: readsNothing },
    order: { content: large },
    settings: impatientBlocks,
    ending: dropped('deferred host body'),
  },
  {
    ids: ['D07'],
    does: 'reads the body slowly',
    at: 'content',
    fault: { body: readsSlowly },
    order: { content: large },
    settings: { ...impatientBlocks, minimumRateBytesPerSecond: 64 * 1024 * 1024 },
    ending: dropped('deferred host body'),
  },
  {
    ids: ['D08'],
    does: 'takes lines of dots',
    at: 'content',
    order: { content: '.\r\n..\r\n.x\r\n\r\n.\r\n...\r\nx.\r\n' },
    ending: kept(accepted),
  },
  ...['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\r', '\r\n.\n'].map((end): FaultRow => {
    return {
      ids: ['D09'],
      does: `takes ${JSON.stringify(end)} within a line of content`,
      at: 'content',
      order: { content: `Subject: a\r\n\r\nbody${end}MAIL FROM:<evil@example.test>\r\n` },
      ending: kept(accepted),
    };
  }),
];

/** What follows the end of the content. */
export const finalRows: readonly FaultRow[] = [
  ...(
    [
      ['F01', 'resets after the content', resets],
      ['F01', 'closes after the content', closes],
      ['F07', 'replies to the content without end', (peer) => peer.raw('250-still at it\r\n'.repeat(10_000))],
      ['F08', 'replies to the content with 250 and 550 in one', says('250-yes\r\n550 no\r\n')],
      ['F08', 'replies to the content with half a line and closes', (peer) => (peer.raw('250 yes'), peer.end())],
    ] satisfies [string, string, Verb][]
  ).map(([id, does, dot]): FaultRow => ({ ids: [id], does, at: 'content', fault: { dot }, ending: inDoubt })),
  ...(
    [
      ['F01', 'falls silent after the content', fallsSilent],
      ['F07', 'begins a reply to the content and falls silent', (peer) => (peer.raw('250-wait\r\n'), peer.hang())],
      ['F09', 'replies to the content after our patience has ended', fallsSilent],
    ] satisfies [string, string, Verb][]
  ).map(([id, does, dot]): FaultRow => {
    return { ids: [id], does, at: 'content', fault: { dot }, ending: inDoubt, untilDeadline: 'everywhere' };
  }),
  ...(
    [
      ['F02', '451 4.3.0 later', 'deferred message dot 451'],
      ['F02', '452 4.3.1 no room', 'deferred message dot 452'],
      ['F03', '554 5.7.1 spam', 'bounced smtp dot 554'],
      ['F03', '552 5.3.4 too big', 'bounced smtp dot 552'],
      ['F12', '451 5.7.1 contradiction', 'deferred message dot 451'],
      ['F12', '550 4.7.1 contradiction', 'bounced smtp dot 550'],
    ] as const
  ).map(([id, dot, outcome]): FaultRow => {
    return { ids: [id], does: `answers the content ${dot}`, at: 'content', fault: { dot }, ending: kept(outcome) };
  }),
  {
    ids: ['F02'],
    does: 'answers the content 421',
    at: 'content',
    fault: { dot: '421 4.3.2 closing' },
    ending: dropped('deferred host dot 421'),
  },
  {
    ids: ['F04'],
    does: 'takes the content and resets',
    at: 'content',
    fault: { dot: resetsAfter('250 2.0.0 taken', 0) },
    ending: dropped(accepted),
  },
  {
    ids: ['F04'],
    does: 'takes the content and later says more',
    at: 'content',
    fault: { dot: addsLater('250 2.0.0 taken', '550 no', 20) },
    noiseMs: 100,
    ending: dropped(accepted),
  },
  {
    ids: ['F04'],
    does: 'takes the content twice in one packet',
    at: 'content',
    fault: { dot: says('250 2.0.0 taken\r\n250 2.0.0 taken\r\n') },
    ending: ({ oneFlight }) => ({ outcomes: [oneFlight ? 'in_doubt dot' : accepted], connection: 'dropped' }),
  },
  {
    ids: ['F09'],
    does: 'takes the content after a while',
    at: 'content',
    fault: { dot: repliesLate('250 2.0.0 taken', 100) },
    ending: kept(accepted),
  },
];
