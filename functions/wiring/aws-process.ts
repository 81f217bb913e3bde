import process from 'node:process';

import { systemClock } from '../adapters/clock-system.ts';
import { derivedKey } from '../adapters/derived-key.ts';
import { createConsoleLog } from '../adapters/log-console.ts';
import { createEmfMetrics } from '../adapters/metrics-emf.ts';
import { systemRandom } from '../adapters/random-system.ts';
import { createAesSecretBox } from '../adapters/secret-box-aes.ts';
import { readSecret } from '../adapters/secrets-aws.ts';
import { type AwsConfig, readConfig } from '../config.ts';
import { readAwsPlace } from '../config/aws.ts';
import type { Environment } from '../config/environment.ts';
import { withSecrets } from '../config/secrets.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { DeliveryLog } from '../core/ports/delivery-log.ts';
import type { Log } from '../core/ports/log.ts';
import type { Metrics } from '../core/ports/metrics.ts';
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
  readonly ambient: {
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    readonly deliveryLog?: DeliveryLog;
    readonly metrics: Metrics;
  };
  readonly parts: AwsParts & { readonly masterKey: Uint8Array; readonly secretBox: SecretBox };
  readonly operatorKeys: DkimKeyRing;
};

const masterKeyBytes = 32;

/** What the platform tells a handler beside the event; of the whole context, all that is used. */
export type InvocationContext = { getRemainingTimeInMillis(): number };

/**
 * Reads the configuration, its secrets included, and makes clients. `dials`: whether the function sends mail; one that does
 * not needs no more of a smarthost than to know that there is one. `seals`: whether it meets secrets in the table; one that
 * does not needs no master key. Rejects with an Error of one sentence when it cannot start.
 */
export async function startAws(
  environment: NodeJS.ProcessEnv,
  { dials, seals = true }: { readonly dials: boolean; readonly seals?: boolean },
): Promise<AwsProcess> {
  const { region, endpoint } = readAwsPlace(environment);
  const clients = createAwsClients(region, endpoint === null ? null : { endpoint });
  const { credentials, sha256 } = clients.dynamodb.config;
  const revealed = await withSecrets(environment, (arn) =>
    readSecret(arn, { region, endpoint, credentials, sha256, clock: systemClock }),
  );
  const settings = dials ? revealed : withoutSmarthost(revealed);
  const config = readConfig(seals ? settings : withoutMasterKey(settings), 'aws');
  const { masterKey } = config.aws;
  const random = systemRandom;
  const log = createConsoleLog(process.stdout, systemClock);
  const ambient = {
    clock: systemClock,
    random,
    log,
    ...(await deliveryLogOf(config, log)),
    metrics: createEmfMetrics(process.stdout, systemClock, config.aws.stage),
  };
  const secretBox = createAesSecretBox(derivedKey(masterKey, 'secret box'), random);
  const parts = { ...openAws(clients, config.aws, ambient), masterKey, secretBox };
  return { config, clients, ambient, parts, operatorKeys: wireOperatorKeys(config) };
}

// Loaded where it is asked for: what makes records is of no use to anybody else.
async function deliveryLogOf(config: AwsConfig, log: Log): Promise<{ readonly deliveryLog?: DeliveryLog }> {
  if (config.deliveryLog.kind === 'off') return {};
  const { wireDeliveryLog } = await import('./delivery-log.ts');
  const { deliveryLog } = await wireDeliveryLog(config, { clock: systemClock, log });
  return deliveryLog === undefined ? {} : { deliveryLog };
}

// The URL holds a password, which only the function that dials is given (RFC 2606 §2: no host has this name).
function withoutSmarthost(environment: Environment): Environment {
  return environment['POSTERN_ROUTE'] === 'smarthost' && !environment['POSTERN_SMARTHOST_URL']
    ? { ...environment, POSTERN_SMARTHOST_URL: 'smtp://smarthost.invalid' }
    : environment;
}

// A key that nobody knows: what it would seal could not be read again, and what is sealed is not read with it.
function withoutMasterKey(environment: Environment): Environment {
  return { ...environment, POSTERN_MASTER_KEY: Buffer.from(systemRandom.bytes(masterKeyBytes)).toString('base64') };
}

/** Sender domains on AWS. */
export function wireAwsDomains({ config, parts, operatorKeys, ambient }: AwsProcess): WiredDomains {
  const { unverifiedSenders } = config;
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
    tlsa: async (name, deadline) => (await resolver()).tlsa(name, deadline),
  };
}
