import type { Ending, FaultRow } from '../../support/fault-matrix.ts';
import { closes, drips, fallsSilent, repeats, resets, says } from '../../support/smtp-verbs.ts';

const nextHost = (...outcomes: readonly (string | RegExp)[]): (() => Ending) => {
  return () => ({ outcomes, connection: 'dropped' });
};
const delivered = (): Ending => ({ outcomes: ['delivered dot 250'], connection: 'kept' });
const greeted = (code: number) => nextHost(`deferred host greeting ${code} next`);
const never = ['MAIL', 'RCPT', 'DATA', 'BDAT'];
// Over implicit TLS a connection may end before, in and after the handshake.
const lost = nextHost(/^deferred host (connect|starttls|greeting) next$/);
const unGreeted = nextHost('deferred host greeting next');
const transcript = '220 hi\r\n250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n';
const manyLines = Array.from({ length: 10_000 }, (_, n) => `X-EXTENSION-${n} with a parameter`);

/** From the connection to the end of EHLO. */
export const openingRows: readonly FaultRow[] = [
  { ids: ['S03'], does: 'resets on accept', at: 'accept', fault: { accept: resets }, ending: lost, never },
  { ids: ['S04'], does: 'closes on accept', at: 'accept', fault: { accept: closes }, ending: lost, never },
  {
    ids: ['S05'],
    does: 'sends no banner',
    at: 'opening',
    fault: { greeting: fallsSilent },
    ending: unGreeted,
    untilDeadline: 'everywhere',
    never,
  },
  {
    ids: ['S06'],
    does: 'sends its banner octet by octet',
    at: 'opening',
    fault: { greeting: drips('220-a banner ', 60) },
    ending: unGreeted,
    untilDeadline: 'everywhere',
    never,
  },
  { ids: ['S07'], does: 'greets 554', at: 'opening', fault: { greeting: '554 no' }, ending: greeted(554), never },
  { ids: ['S07'], does: 'greets 521', at: 'opening', fault: { greeting: '521 no' }, ending: greeted(521), never },
  { ids: ['S08'], does: 'greets 421', at: 'opening', fault: { greeting: '421 busy' }, ending: greeted(421), never },
  { ids: ['S08'], does: 'greets 450', at: 'opening', fault: { greeting: '450 busy' }, ending: greeted(450), never },
  {
    ids: ['S10'],
    does: 'greets in several lines, ended by LF alone',
    at: 'opening',
    fault: { greeting: says('220-mx.example.test\n220-is\r\n220\n') },
    ending: delivered,
  },
  {
    ids: ['S11'],
    does: 'greets without end, by lines',
    at: 'opening',
    fault: { greeting: repeats('220-still here\r\n'.repeat(1000), 1) },
    ending: unGreeted,
    never,
  },
  {
    ids: ['S12'],
    does: 'greets without end, in one line',
    at: 'opening',
    fault: { greeting: repeats('x'.repeat(16_000), 1) },
    ending: unGreeted,
    never,
  },
  {
    ids: ['S13'],
    does: 'sends the whole transcript in advance',
    at: 'opening',
    fault: { greeting: says(transcript) },
    ending: nextHost('deferred host ehlo next'),
    never,
  },
  {
    ids: ['S14'],
    does: 'greets with our own name',
    at: 'opening',
    fault: { greeting: '220 client.example.test ESMTP' },
    ending: nextHost('bounced local greeting 554'),
    never,
  },
  { ids: ['S15'], does: 'knows HELO only', at: 'opening', fault: { ehlo: '502 what?' }, ending: delivered },
  {
    ids: ['S16'],
    does: 'refuses EHLO and HELO',
    at: 'opening',
    fault: { ehlo: '550 no', helo: '550 no' },
    ending: nextHost('deferred host ehlo 550 next'),
    never,
  },
  {
    ids: ['S17'],
    does: 'answers EHLO 421',
    at: 'opening',
    fault: { ehlo: '421 busy' },
    ending: nextHost('deferred host ehlo 421 next'),
    never,
  },
  {
    ids: ['S17'],
    does: 'resets at EHLO',
    at: 'opening',
    fault: { ehlo: resets },
    ending: nextHost('deferred host ehlo next'),
    never,
  },
  {
    ids: ['S18'],
    does: 'answers EHLO line by line for ever',
    at: 'opening',
    fault: { ehlo: repeats('250-more\r\n', 60) },
    ending: nextHost('deferred host ehlo next'),
    untilDeadline: 'everywhere',
    never,
  },
  {
    ids: ['S22'],
    does: 'offers AUTH with 60 KB of mechanisms',
    at: 'opening',
    offers: [`AUTH ${'X'.repeat(60_000)}`],
    ending: delivered,
  },
  {
    ids: ['S23'],
    does: 'offers 10,000 extensions',
    at: 'opening',
    offers: manyLines,
    ending: delivered,
  },
];
