import { afterEach } from 'vitest';

import type { HostResult, SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import type { Target } from '../../functions/core/ports/router.ts';
import type { SmtpSettings } from '../../functions/smtp/settings.ts';
import { startScriptedServer, type Moment, type Script, type ScriptedSmtpServer } from './scripted-smtp-server.ts';
import { orderOf, summary, targetAt, testClient } from './smtp-order.ts';

export const extensionSets: readonly (readonly string[])[] = [
  [],
  ['PIPELINING'],
  ['CHUNKING'],
  ['PIPELINING', 'CHUNKING'],
];

export type Variant = {
  readonly extensions: readonly string[];
  /** Honest messages on the connection before the faulty one. */
  readonly before: number;
  readonly reused: boolean;
  /** Whether the faulty one goes out in one flight with its content. */
  readonly oneFlight: boolean;
  /** Whether its content goes by DATA: without CHUNKING, and before the server has shown how it words its replies. */
  readonly byData: boolean;
  readonly name: string;
};

/** Every set of extensions, on a first connection and on one that carried a message before; and all in one flight. */
export const variants: readonly Variant[] = [
  ...extensionSets.flatMap((extensions) => [variantOf(extensions, 0), variantOf(extensions, 1)]),
  variantOf(['PIPELINING', 'CHUNKING'], 2),
];

export function variantOf(extensions: readonly string[], before: number): Variant {
  const name = `${extensions.join(' and ') || 'no extensions'} after ${before} messages`;
  const byData = before === 0 || !extensions.includes('CHUNKING');
  return { extensions, before, reused: before > 0, oneFlight: before > 1 && extensions.length === 2, byData, name };
}

export type Scene = {
  readonly server: ScriptedSmtpServer;
  readonly client: SmtpClient;
  readonly target: Target;
};

const open: Scene[] = [];

/** A scripted server and a client for one test, ended after it. */
export async function scene(
  scriptAt: (moment: Moment) => Script,
  settings: Partial<SmtpSettings> = {},
  target: Partial<Target> = {},
): Promise<Scene> {
  const server = await startScriptedServer(scriptAt);
  const made = { server, client: testClient(settings), target: targetAt(server.port, target) };
  open.push(made);
  return made;
}

/** The fault in the transaction after the honest ones of the variant, on the same connection. */
export async function faultyScene(
  variant: Variant,
  fault: Script,
  settings: Partial<SmtpSettings> = {},
): Promise<Scene> {
  const { extensions, before } = variant;
  const made = await scene(
    ({ connection, transaction }) =>
      connection === 0 && transaction === before ? { extensions, ...fault } : { extensions },
    settings,
  );
  for (let message = 0; message < before; message++) {
    const [outcome] = summary(await made.client.send(made.target, orderOf(), 'delivered'));
    if (outcome !== 'delivered dot 250') throw new Error(`The honest transaction ended as ${outcome}.`);
  }
  return made;
}

/** Sends an order at a scene and says what it came to. */
export async function outcomes(made: Scene, order: Parameters<typeof orderOf>[0] = {}): Promise<string[]> {
  return summary(await sent(made, order));
}

export function sent(made: Scene, order: Parameters<typeof orderOf>[0] = {}): Promise<HostResult> {
  return made.client.send(made.target, orderOf(order), 'delivered');
}

afterEach(async () => {
  for (const { client, server } of open.splice(0)) {
    await Promise.all([client.close(), server.close()]);
  }
});
