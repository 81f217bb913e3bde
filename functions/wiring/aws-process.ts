import process from 'node:process';

import { systemClock } from '../adapters/clock-system.ts';
import { derivedKey } from '../adapters/derived-key.ts';
import { createConsoleLog } from '../adapters/log-console.ts';
import { systemRandom } from '../adapters/random-system.ts';
import { createAesSecretBox } from '../adapters/secret-box-aes.ts';
import { type AwsConfig, readConfig } from '../config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';
import type { DkimKeyRing } from '../mime/dkim-key-ring.ts';
import { type AwsClients, type AwsParts, createAwsClients, openAws } from './aws.ts';
import { publishingOf, type WiredDomains, wireDomains } from './domains.ts';
import { wireOperatorKeys } from './operator-keys.ts';

/** What a function keeps from its start on, through all of its invocations. */
export type AwsProcess = {
  readonly config: AwsConfig;
  readonly clients: AwsClients;
  readonly ambient: { readonly clock: Clock; readonly random: Random; readonly log: Log };
  readonly parts: AwsParts & { readonly masterKey: Uint8Array; readonly secretBox: SecretBox };
  readonly operatorKeys: DkimKeyRing;
};

/** What the platform tells a handler beside the event; of the whole context, all that is used. */
export type InvocationContext = { getRemainingTimeInMillis(): number };

/** Reads the configuration and makes clients; asks nobody anything yet. Throws an Error of one sentence when it cannot start. */
export function startAws(environment: NodeJS.ProcessEnv): AwsProcess {
  const config = readConfig(environment, 'aws');
  const { region, endpoint, masterKey } = config.aws;
  const clients = createAwsClients(region, endpoint === null ? null : { endpoint });
  const random = systemRandom;
  const ambient = { clock: systemClock, random, log: createConsoleLog(process.stdout, systemClock) };
  const secretBox = createAesSecretBox(derivedKey(masterKey, 'secret box'), random);
  const parts = { ...openAws(clients, config.aws, ambient), masterKey, secretBox };
  return { config, clients, ambient, parts, operatorKeys: wireOperatorKeys(config) };
}

/**
 * Sender domains on AWS. Many may share a deployment, so mail from a domain that nobody has verified is refused where the
 * project has not decided, unless the route is the sandbox, which nothing leaves.
 */
export function wireAwsDomains({ config, parts, operatorKeys, ambient }: AwsProcess): WiredDomains {
  const unverifiedSenders = config.route.kind === 'sandbox' ? 'allow' : 'refuse';
  const resolver = resolverOnDemand(config, ambient);
  return wireDomains(parts, { resolver, publishing: publishingOf(config), operatorKeys, unverifiedSenders }, ambient);
}

// Only the routes of sender domains ask DNS, and most functions never meet them.
function resolverOnDemand(config: AwsConfig, ambient: AwsProcess['ambient']): Resolver {
  let wired: Promise<Resolver> | null = null;
  const resolver = (): Promise<Resolver> =>
    (wired ??= import('./resolver.ts').then((module) => module.wireUncachedResolver(config, ambient)));
  return {
    mx: async (name, deadline) => (await resolver()).mx(name, deadline),
    a: async (name, deadline) => (await resolver()).a(name, deadline),
    aaaa: async (name, deadline) => (await resolver()).aaaa(name, deadline),
    txt: async (name, deadline) => (await resolver()).txt(name, deadline),
  };
}
