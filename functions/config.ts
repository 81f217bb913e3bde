import { hostname } from 'node:os';

import { awsNames, type AwsSettings, type Platform, readAws } from './config/aws.ts';
import { type DeliveryLogSetting, readDeliveryLog } from './config/delivery-log.ts';
import { type DkimSettings, readDkim } from './config/dkim.ts';
import { type DnsSettings, readDns } from './config/dns.ts';
import { ConfigError, type Environment, refuse, valueOf } from './config/environment.ts';
import { isEhloName, isHostname, isListenHost } from './config/host-names.ts';
import { readBoolean, readDuration, readInteger, readWord } from './config/plain-values.ts';
import { readPublicUrl } from './config/public-url.ts';
import { readRoute, type Route } from './config/route.ts';
import { readSmtpTimeouts, type SmtpTimeouts } from './config/smtp-timeouts.ts';
import { readTlsReportFrom } from './config/tls-reports.ts';
import { readTlsLevels, type TlsLevelSetting } from './config/tls-policy.ts';
import { durationForm, parseDuration } from './core/duration.ts';
import type { Mailbox } from './core/mailbox.ts';
import { nearestWord } from './core/nearest-word.ts';

/** Every setting, read and checked. Durations in milliseconds. */
export type Config = {
  /** `null` in one process. */
  readonly aws: AwsSettings | null;
  readonly listen: { readonly host: string; readonly port: number };
  /** Where readers of mail reach the API, without a slash at the end; `null`: no links lead to it. */
  readonly publicUrl: string | null;
  readonly dataDir: string;
  /** The bootstrap key; `null` lets the first start make one. */
  readonly apiKey: string | null;
  readonly route: Route;
  /** What is done with mail from domains that nobody has verified, where the project has not decided. */
  readonly unverifiedSenders: 'allow' | 'refuse';
  /** What EHLO says. */
  readonly hostname: string;
  readonly dns: DnsSettings;
  readonly allowPrivateAddresses: boolean;
  readonly tlsCaFile: string | null;
  /** What the operator demands of TLS with single domains, on the mx route. */
  readonly tlsLevels: readonly TlsLevelSetting[];
  /** Who reports about TLS are from; `null` for none. */
  readonly tlsReportFrom: Mailbox | null;
  readonly retryScheduleMs: readonly [number, ...number[]];
  readonly maxAgeMs: number;
  readonly smtpTimeouts: SmtpTimeouts;
  readonly sweepIntervalMs: number;
  readonly workerConcurrency: number;
  readonly connectionsPerHost: number;
  readonly messagesPerConnection: number;
  /** What is set for providers, as it was written: read by those who connect (config/shaping.ts), for few processes do. */
  readonly shaping: string | null;
  /** Where mail leaves from, as it was written (config/source-addresses.ts). */
  readonly sourceAddresses: string | null;
  /** The first secret signs, all are taken; none leaves it to the master key. */
  readonly returnPath: { readonly domain: string; readonly secrets: readonly string[] } | null;
  /** Where mail that comes back is listened for, as it was written (config/inbound-listen.ts); only one process does so. */
  readonly inboundListen: string | null;
  readonly dkim: DkimSettings;
  readonly deliveryLog: DeliveryLogSetting;
  readonly maxRequestBytes: number;
  /** The key that secrets in the store are encrypted under, 32 bytes; `null` keeps one in the data directory. */
  readonly masterKey: Uint8Array | null;
  /** `deferred`: only as long as a delivery still needs it. */
  readonly retainContent: { readonly kind: 'for'; readonly ms: number } | { readonly kind: 'deferred' };
};

export type AwsConfig = Config & { readonly aws: AwsSettings };

/** Every variable there is; a `POSTERN_` name that is not here stops the start. */
export const environmentNames = [
  'POSTERN_HOST',
  'POSTERN_PORT',
  'POSTERN_PUBLIC_URL',
  'POSTERN_DATA_DIR',
  'POSTERN_API_KEY',
  'POSTERN_ROUTE',
  'POSTERN_SMARTHOST_URL',
  'POSTERN_UNVERIFIED_SENDERS',
  'POSTERN_HOSTNAME',
  'POSTERN_MX_PORT',
  'POSTERN_DNS',
  'POSTERN_ALLOW_PRIVATE_ADDRESSES',
  'POSTERN_TLS_CA_FILE',
  'POSTERN_TLS_POLICY',
  'POSTERN_TLS_REPORT_FROM',
  'POSTERN_RETRY_SCHEDULE',
  'POSTERN_MAX_AGE',
  'POSTERN_SMTP_TIMEOUTS',
  'POSTERN_SWEEP_INTERVAL',
  'POSTERN_WORKER_CONCURRENCY',
  'POSTERN_CONNECTIONS_PER_HOST',
  'POSTERN_MESSAGES_PER_CONNECTION',
  'POSTERN_SHAPING',
  'POSTERN_SOURCE_ADDRESSES',
  'POSTERN_RETURN_PATH_DOMAIN',
  'POSTERN_RETURN_PATH_SECRET',
  'POSTERN_INBOUND_LISTEN',
  'POSTERN_DKIM_KEYS',
  'POSTERN_DELIVERY_LOG',
  'POSTERN_MAX_REQUEST_BYTES',
  'POSTERN_RETAIN_CONTENT',
  'POSTERN_MASTER_KEY',
  ...awsNames,
] as const;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const MiB = 1024 * 1024;

const leastKeyCharacters = 20;
const leastSecretCharacters = 16;
const masterKeyBytes = 32;
const mostRequestBytes = 256 * MiB;
const defaultScheduleMs = [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 6 * hour] as const;

/**
 * Reads every setting, with the defaults of one process (`embedded`) or of AWS. An empty variable counts as unset.
 * Throws a `ConfigError` of one sentence for a wrong value, a contradiction or an unknown `POSTERN_` name.
 */
export function readConfig(environment: Environment, platform?: 'embedded'): Config;
export function readConfig(environment: Environment, platform: 'aws'): AwsConfig;
export function readConfig(environment: Environment, platform: Platform = 'embedded'): Config {
  refuseUnknownNames(environment);
  const embedded = platform === 'embedded';
  const masterKey = readMasterKey(environment);
  const route = readRoute(environment);
  // Many may share a deployment on AWS; whoever runs one process holds all of its keys. Nothing leaves the sandbox.
  const trusting = embedded || route.kind === 'sandbox';
  const maxAgeMs = readDuration(environment, 'POSTERN_MAX_AGE', 5 * day);
  return {
    aws: readAws(environment, platform, masterKey),
    listen: {
      host: readListenHost(environment),
      port: readInteger(environment, 'POSTERN_PORT', 8080, [0, 65_535]),
    },
    publicUrl: readPublicUrl(environment),
    dataDir: valueOf(environment, 'POSTERN_DATA_DIR') ?? (embedded ? '.postern' : '/tmp/postern'),
    apiKey: readPrintable(environment, 'POSTERN_API_KEY', leastKeyCharacters),
    route,
    unverifiedSenders: readWord(environment, 'POSTERN_UNVERIFIED_SENDERS', trusting ? 'allow' : 'refuse', [
      'allow',
      'refuse',
    ]),
    hostname: readHostname(environment),
    dns: readDns(environment),
    allowPrivateAddresses: readBoolean(environment, 'POSTERN_ALLOW_PRIVATE_ADDRESSES', false),
    tlsCaFile: valueOf(environment, 'POSTERN_TLS_CA_FILE'),
    tlsLevels: readTlsLevels(environment),
    tlsReportFrom: readTlsReportFrom(environment),
    retryScheduleMs: readSchedule(environment),
    maxAgeMs,
    smtpTimeouts: readSmtpTimeouts(environment),
    sweepIntervalMs: readDuration(environment, 'POSTERN_SWEEP_INTERVAL', embedded ? second : minute),
    workerConcurrency: readInteger(environment, 'POSTERN_WORKER_CONCURRENCY', 100, [1, 10_000]),
    connectionsPerHost: readInteger(environment, 'POSTERN_CONNECTIONS_PER_HOST', embedded ? 20 : 5, [1, 10_000]),
    messagesPerConnection: readInteger(environment, 'POSTERN_MESSAGES_PER_CONNECTION', 100, [1, 1_000_000]),
    shaping: valueOf(environment, 'POSTERN_SHAPING'),
    sourceAddresses: valueOf(environment, 'POSTERN_SOURCE_ADDRESSES'),
    returnPath: readReturnPath(environment),
    inboundListen: valueOf(environment, 'POSTERN_INBOUND_LISTEN'),
    dkim: readDkim(environment),
    deliveryLog: readDeliveryLog(environment, embedded),
    maxRequestBytes: readInteger(environment, 'POSTERN_MAX_REQUEST_BYTES', (embedded ? 20 : 6) * MiB, [
      1024,
      embedded ? mostRequestBytes : 6 * MiB,
    ]),
    masterKey,
    retainContent: readRetention(environment, embedded ? { kind: 'for', ms: 30 * day } : { kind: 'deferred' }),
  };
}

function refuseUnknownNames(environment: Environment): void {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('POSTERN_') || (environmentNames as readonly string[]).includes(name)) continue;
    const near = nearestWord(name, environmentNames);
    const hint = near === null ? 'the README lists the names there are' : `did you mean ${near}?`;
    throw new ConfigError(`${name} is not a setting: ${hint}${near === null ? '.' : ''}`);
  }
}

// A secret: its value is never shown.
function readPrintable(environment: Environment, name: string, least: number): string | null {
  const value = valueOf(environment, name);
  if (value === null) return null;
  return value.length >= least && /^[\x20-\x7e]+$/.test(value)
    ? value
    : refuse(name, null, `${least} or more printable ASCII characters`);
}

// In base64, or in hexadecimal digits, which is what Secrets Manager can make up.
function readMasterKey(environment: Environment): Uint8Array | null {
  const name = 'POSTERN_MASTER_KEY';
  const value = valueOf(environment, name);
  if (value === null) return null;
  const encoding = /^[\da-f]{64}$/i.test(value) ? 'hex' : 'base64';
  const key = Buffer.from(value, encoding);
  return key.length === masterKeyBytes && (encoding === 'hex' || key.toString(encoding) === value)
    ? key
    : refuse(name, null, `${masterKeyBytes} random bytes in base64, as from: openssl rand -base64 ${masterKeyBytes}`);
}

function readListenHost(environment: Environment): string {
  const value = valueOf(environment, 'POSTERN_HOST');
  if (value === null) return '127.0.0.1';
  return isListenHost(value)
    ? value
    : refuse('POSTERN_HOST', value, 'an address or name of this machine, such as 127.0.0.1 or ::');
}

function readHostname(environment: Environment): string {
  const value = valueOf(environment, 'POSTERN_HOSTNAME');
  if (value === null) return hostname();
  return isEhloName(value)
    ? value
    : refuse(
        'POSTERN_HOSTNAME',
        value,
        'a host name such as mail.example.com, or an address literal such as [192.0.2.1]',
      );
}

function readSchedule(environment: Environment): readonly [number, ...number[]] {
  const name = 'POSTERN_RETRY_SCHEDULE';
  const value = valueOf(environment, name);
  if (value === null) return defaultScheduleMs;
  const [first, ...others] = value.split(',').map((entry) => parseDuration(entry) ?? 0);
  if (first === undefined || [first, ...others].some((ms) => ms <= 0)) {
    return refuse(name, value, `a comma list of delays, each ${durationForm}, above zero`);
  }
  return [first, ...others];
}

function readReturnPath(environment: Environment): Config['returnPath'] {
  const name = 'POSTERN_RETURN_PATH_DOMAIN';
  const domain = valueOf(environment, name);
  const secrets = readReturnPathSecrets(environment);
  if (domain === null) {
    if (secrets.length === 0) return null;
    throw new ConfigError(
      'POSTERN_RETURN_PATH_SECRET is set, but POSTERN_RETURN_PATH_DOMAIN is not: it has no use alone.',
    );
  }
  if (!isHostname(domain) || !domain.includes('.')) refuse(name, domain, 'a domain such as bounces.example.com');
  return { domain: domain.toLowerCase(), secrets };
}

// Several, so that a new one can sign while mail under the old one still comes back.
function readReturnPathSecrets(environment: Environment): readonly string[] {
  const name = 'POSTERN_RETURN_PATH_SECRET';
  const secrets = readPrintable(environment, name, leastSecretCharacters)?.split(',') ?? [];
  const isLong = (secret: string): boolean => secret.length >= leastSecretCharacters;
  return secrets.every(isLong)
    ? secrets
    : refuse(
        name,
        null,
        `${leastSecretCharacters} or more printable ASCII characters, or a comma list of such secrets`,
      );
}

// However short, content stays while a recipient is open.
function readRetention(environment: Environment, otherwise: Config['retainContent']): Config['retainContent'] {
  const name = 'POSTERN_RETAIN_CONTENT';
  const value = valueOf(environment, name);
  if (value === null) return otherwise;
  if (value === 'deferred') return { kind: 'deferred' };
  const ms = parseDuration(value);
  return ms === null ? refuse(name, value, `deferred, or ${durationForm}`) : { kind: 'for', ms };
}
