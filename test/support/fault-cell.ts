import type { HostResult, SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import type { Target } from '../../functions/core/ports/router.ts';
import type { Cell, FaultRow } from './fault-matrix.ts';
import { startScriptedServer, type Moment, type Script, type ScriptedSmtpServer } from './scripted-smtp-server.ts';
import { orderOf, shortMessage, summary, targetAt } from './smtp-order.ts';
import type { SmtpPeer } from './smtp-peer.ts';

/** What was seen of one row in one cell. */
export type Sighting = {
  readonly result: HostResult;
  readonly outcomes: readonly string[];
  readonly connection: 'kept' | 'dropped';
  /** For each recipient, the messages that the server held for it, whatever it replied, and their content. */
  readonly held: readonly (readonly Buffer[])[];
  /** The verbs of the commands heard from the fault on, until it was over. */
  readonly heard: readonly string[];
  readonly deadlineMs: number;
  readonly elapsedMs: number;
  /** When a timer fired that was set for the deadline: how late this machine is at the moment. */
  readonly timerMs: number;
};

type Stage = { faulty: boolean; readonly peers: SmtpPeer[] };

const honestMs = 120_000;
const slackMs = 400;
const untilWarmMs = 300;

/**
 * Sends honest messages, then the order of the row at the faulty server, then an honest message again. Deadlines that are
 * meant to be met follow from how long the honest ones took, so that a busy machine is no fault of its own.
 */
export async function meetFault(client: SmtpClient, row: FaultRow, cell: Cell, honest: number): Promise<Sighting> {
  const stage: Stage = { faulty: cell.before === 0, peers: [] };
  const server = await startScriptedServer((moment) => scriptAt(row, cell, stage, moment));
  try {
    const target = targetOf(row, cell, server.port);
    const tookMs = await honestMessages(client, target, cell);
    for (const peer of row.whileIdle === undefined ? [] : stage.peers) await row.whileIdle?.(peer);
    if (row.whileIdle !== undefined) await new Promise((resolve) => setTimeout(resolve, 30));
    stage.faulty = row.whileIdle === undefined;
    const deadlineMs = row.untilDeadline ? slackMs + 2 * Math.max(honest, tookMs) : honestMs;
    const heardBefore = server.commands.length;
    const heldBefore = server.messages.length;
    const faced = await timed(deadlineMs, () =>
      client.send(target, orderOf({ ...row.order, withinMs: deadlineMs }), 'delivered'),
    );
    stage.faulty = false;
    const heard = server.commands.slice(heardBefore).map((line) => line.split(/[ :]/)[0] ?? '');
    const outcomes = summary(faced.result);
    if (row.noiseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, row.noiseMs));
    const connection = row.hopeless === 'target' ? 'dropped' : await served(client, target, server, row, cell);
    return { ...faced, outcomes, connection, held: heldFor(server, row, heldBefore), heard, deadlineMs };
  } finally {
    await server.close();
  }
}

function scriptAt(row: FaultRow, { pipelining, chunking, tls }: Cell, stage: Stage, moment: Moment): Script {
  const startTls = tls && !moment.secure && row.at !== 'accept' && row.at !== 'opening';
  const words = [pipelining ? 'PIPELINING' : '', chunking ? 'CHUNKING' : '', startTls ? 'STARTTLS' : ''];
  const implicitTls = tls && (row.at === 'accept' || row.at === 'opening');
  const kept = (peer: SmtpPeer): void => (stage.peers.push(peer), peer.say('250 2.0.0 taken'));
  const honest: Script = { extensions: [...words.filter(Boolean), ...(row.offers ?? [])], implicitTls, dot: kept };
  // The fault is of the first connection; what is sent again on a second one meets an honest server.
  if (!stage.faulty || moment.connection > 0) return honest;
  return { ...honest, dot: '250 2.0.0 taken', ...row.fault };
}

function targetOf(row: FaultRow, { tls }: Cell, port: number): Target {
  const implicit = row.at === 'accept' || row.at === 'opening' ? 'implicit' : 'required';
  return targetAt(port, { tls: tls ? implicit : 'none', ...row.target });
}

/** Answers with the milliseconds they took. The last one is recent, for only a warm connection gets all in one flight. */
async function honestMessages(client: SmtpClient, target: Target, { before }: Cell): Promise<number> {
  const start = performance.now();
  for (let sent = 0, lastMs = Infinity; before > 0 && (sent < before || lastMs > untilWarmMs); sent++) {
    const began = performance.now();
    const [outcome] = summary(await client.send(target, orderOf({ withinMs: honestMs }), 'delivered'));
    if (outcome !== 'delivered dot 250') throw new Error(`An honest message ended as ${outcome}.`);
    lastMs = performance.now() - began;
  }
  return performance.now() - start;
}

async function timed<Value>(deadlineMs: number, work: () => Promise<Value>) {
  const start = performance.now();
  let timerMs = 0;
  const timer = setTimeout(() => (timerMs = performance.now() - start), deadlineMs);
  const result = await work();
  const elapsedMs = performance.now() - start;
  clearTimeout(timer);
  return { result, elapsedMs, timerMs: timerMs === 0 ? elapsedMs : timerMs };
}

/** One message more, at the server gone honest, and whether it came on a connection that was there. */
async function served(
  client: SmtpClient,
  target: Target,
  server: ScriptedSmtpServer,
  row: FaultRow,
  { name }: Cell,
): Promise<'kept' | 'dropped'> {
  const order = orderOf({ withinMs: honestMs, content: shortMessage });
  const [outcome] = summary(await client.send(target, order, 'delivered'));
  if (outcome !== 'delivered dot 250') throw new Error(`After "${row.does}" (${name}) a message ended as ${outcome}.`);
  return server.connections > 1 ? 'dropped' : 'kept';
}

function heldFor(server: ScriptedSmtpServer, row: FaultRow, heldBefore: number): Buffer[][] {
  // The last one is the honest one that came after.
  const messages = server.messages.slice(heldBefore, row.hopeless === 'target' ? undefined : -1);
  const to = row.order?.to ?? ['one@example.test'];
  return to.map((address) =>
    messages.filter(({ rcpt }) => rcpt.some((line) => line.includes(`<${address}>`))).map(({ content }) => content),
  );
}
