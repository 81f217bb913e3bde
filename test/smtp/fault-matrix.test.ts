import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { listedFaults } from '../support/fault-list.ts';
import { meetFault, type Sighting } from '../support/fault-cell.ts';
import { cells, exclusions, inOneFlight, type Cell, type FaultRow } from '../support/fault-matrix.ts';
import { patient, shortMessage, testClient } from '../support/smtp-order.ts';
import { bodyRows, dataRows, finalRows } from './matrix/content-rows.ts';
import { idleRows, mailRows, rcptRows } from './matrix/envelope-rows.ts';
import { openingRows } from './matrix/opening-rows.ts';
import { loginRows, tlsRows } from './matrix/tls-rows.ts';

const rows: readonly FaultRow[] = [
  openingRows,
  tlsRows,
  loginRows,
  idleRows,
  mailRows,
  rcptRows,
  dataRows,
  bodyRows,
  finalRows,
].flat();

/** Rows of the list that no scripted server can play to this client, and where they are shown instead. */
const elsewhere: Readonly<Record<string, string>> = {
  S01: 'nobody listens: opening.test.ts',
  S02: 'nobody answers: opening.test.ts',
  T15: 'is decided before a host is dialled: dns/dane-route.test.ts',
  T16: 'is no mail host: adapters/policy-host-https.test.ts',
  T17: 'is no mail host: dns/sts-lookup.test.ts',
  F11: 'comes after the last message: reuse.test.ts',
  F13: 'takes many attempts: core/next-status.test.ts',
};

// Far longer than any cell: what is to end by a deadline ends by that of the attempt.
const unhurried = Object.fromEntries(Object.keys(patient).map((name) => [name, 120_000])) as typeof patient;
const client = testClient({ timeouts: unhurried });
const seen: { readonly row: FaultRow; readonly cell: Cell; readonly sighting: Sighting }[] = [];
/** How long an honest message takes at its slowest, on this machine, while all cells run. */
let honestMs = 0;

afterAll(() => client.close());

/** The row in all its cells at the same time. */
async function inAllCells(row: FaultRow): Promise<{ readonly cell: Cell; readonly sighting: Sighting }[]> {
  const own = row.settings === undefined ? client : testClient({ timeouts: unhurried, ...row.settings });
  const met = await Promise.all(
    cellsOf(row).map(async (cell) => ({ cell, sighting: await meetFault(own, row, cell, honestMs) })),
  );
  for (const { cell, sighting } of met) seen.push({ row, cell, sighting });
  if (own !== client) await own.close();
  return met;
}

function cellsOf(row: FaultRow): Cell[] {
  return cells.filter((cell) => !exclusions.some((exclusion) => exclusion.applies(row, cell)));
}

/** A server that does nothing wrong and offers all that the order needs. */
function honestTwin({ order, offers = [], target, at }: FaultRow): FaultRow {
  return {
    ids: [],
    does: 'behaves well',
    at,
    order: { ...order, content: order?.content?.slice(0, 72 * 2700) ?? shortMessage },
    offers: [...offers, 'SMTPUTF8'],
    ...(target === undefined ? {} : { target }),
    ending: () => ({ outcomes: (order?.to ?? ['one']).map(() => 'delivered dot 250'), connection: 'kept' }),
  };
}

describe('the fault matrix', () => {
  test('has every fault that a server can play, and names the others', () => {
    const played = new Set(rows.flatMap(({ ids }) => ids));
    const ofServers = listedFaults().filter((id) => !id.startsWith('N'));
    expect(ofServers.filter((id) => !played.has(id) && elsewhere[id] === undefined)).toEqual([]);
    expect(Object.keys(elsewhere).filter((id) => played.has(id))).toEqual([]);
    expect([...played].filter((id) => !ofServers.includes(id))).toEqual([]);
  });

  test('leaves out only cells that cannot be', () => {
    const applied = (index: number): number =>
      rows.reduce(
        (sum, row) =>
          sum +
          cells.filter((cell) => exclusions.findIndex((exclusion) => exclusion.applies(row, cell)) === index).length,
        0,
      );
    expect(exclusions.map(({ because }, index) => [because, applied(index) > 0])).toEqual(
      exclusions.map(({ because }) => [because, true]),
    );
    expect(rows.filter((row) => cellsOf(row).length === 0).map(({ does }) => does)).toEqual([]);
  });
});

const twins = Map.groupBy(rows.filter(({ hopeless }) => !hopeless).map(honestTwin), ({ at, order, offers, target }) =>
  JSON.stringify([at === 'opening' || at === 'accept', order?.to, order?.content?.length, offers, target]),
);

describe('a server that behaves well', () => {
  beforeAll(async () => {
    const began = performance.now();
    await inAllCells(
      honestTwin({ ids: [], does: '', at: 'envelope', ending: () => ({ outcomes: [], connection: 'kept' }) }),
    );
    honestMs = performance.now() - began;
  });

  test.each([...twins.values()].flatMap(([first]) => first ?? []))(
    'delivers in every cell, whatever the order of a row ($at, $order.to, $target)',
    judged,
  );
});

describe('a server that', () => {
  test.each(rows.map((row): [string, FaultRow] => [`${row.does} (${row.ids.join(', ')})`, row]))(
    '%s: each cell comes to its only right end',
    async (_, row) => {
      expect.hasAssertions();
      await judged(row);
    },
  );
});

async function judged(row: FaultRow): Promise<void> {
  const met = await inAllCells(row);
  const found = met.map(({ cell, sighting: { outcomes, connection } }) => ({ cell: cell.name, outcomes, connection }));
  const right = met.map(({ cell }) => {
    const { outcomes, connection } = row.ending({ ...cell, oneFlight: inOneFlight(row, cell) });
    const worded = outcomes.map((outcome): unknown =>
      typeof outcome === 'string' ? outcome : expect.stringMatching(outcome),
    );
    return { cell: cell.name, outcomes: worded, connection };
  });
  expect(found).toEqual(right);
  expect(met.flatMap(({ cell, sighting }) => falsehoods(row, cell, sighting))).toEqual([]);
}

/** What must hold whatever the row: what is said of a message is what the server has of it. */
function falsehoods(row: FaultRow, { name }: Cell, { result, held, heard }: Sighting): string[] {
  const content = Buffer.from(row.order?.content ?? shortMessage);
  const bareLineEnds = /\r(?!\n)|(?<!\r)\n/.test(content.subarray(0, 100_000).toString('latin1'));
  const wrong = result.recipients.flatMap(({ outcome, tryNextHost }, index): string[] => {
    const copies = held[index] ?? [];
    const { phase, reply } = outcome.evidence;
    const refusedWhole = phase === 'dot' && reply !== null && reply.code >= 400;
    const found: string[] = [];
    if (copies.length > 1) found.push('sent twice');
    if (outcome.kind === 'delivered' && copies.length !== 1) found.push('a false delivered');
    if (outcome.kind === 'bounced' && (reply === null || reply.code < 500)) found.push('a false bounced');
    if (outcome.kind !== 'delivered' && outcome.kind !== 'in_doubt' && copies.length > 0 && !refusedWhole)
      found.push('taken, and yet not said so');
    if (outcome.kind === 'in_doubt' && tryNextHost) found.push('a doubt that walks on');
    if (!bareLineEnds && copies.some((copy) => !copy.equals(content))) found.push('other octets');
    return found;
  });
  const forbidden = (row.never ?? []).filter((verb) => heard.includes(verb)).map((verb) => `${verb} was sent`);
  return [...wrong, ...forbidden].map((what) => `${name}: ${what}`);
}

test('none of all cells was more than a tenth past the deadline of its attempt (C27)', () => {
  const late = seen.filter(({ sighting }) => {
    const { elapsedMs, deadlineMs, timerMs } = sighting;
    return elapsedMs > Math.max(deadlineMs, timerMs) * 1.1;
  });
  expect(late.map(({ row, cell }) => `${row.does}: ${cell.name}`)).toEqual([]);
  const met = seen.filter(({ sighting }) => sighting.elapsedMs >= sighting.deadlineMs - 5);
  expect(met.filter(({ row }) => !row.untilDeadline)).toEqual([]);
  const early = seen.filter((one) => one.row.untilDeadline === 'everywhere' && !met.includes(one));
  expect(early.map(({ row, cell }) => `${row.does}: ${cell.name}`)).toEqual([]);
});
