import { RetentionDays } from 'aws-cdk-lib/aws-logs';

import { mostPassedCharacters, passedNames, type PassedSettings } from './passed-settings.ts';

/** The sentence that stops the synthesis: it names the setting, the value and what is accepted. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** How mail leaves, with what each way needs. */
export type RouteSettings =
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'smarthost'; readonly secretArn: string; readonly mailHostname: string | null }
  | { readonly kind: 'mx'; readonly egress: Egress; readonly mailHostname: string };

/** Where connections to port 25 come from: a function outside a VPC cannot make any. */
export type Egress = 'nat-gateway' | 'nat-instance' | 'poller';

/** What the HTTP API answers at. */
export type FrontSettings =
  | { readonly kind: 'http-api'; readonly domain: { readonly name: string; readonly certificateArn: string } | null }
  | { readonly kind: 'function-url' };

/** Everything that can be chosen about a deployment. */
export type Settings = {
  /** Part of every name, so that several deployments fit into one account. */
  readonly stage: string;
  /** In the stage `prod`: what holds mail, keys or a reputation stays when the stacks go. */
  readonly keepsState: boolean;
  readonly route: RouteSettings;
  readonly front: FrontSettings;
  /** Where readers of mail reach the API; `null`: no links lead to it. */
  readonly publicUrl: string | null;
  /** What is done with mail from domains that nobody has verified; `null` leaves it to the route. */
  readonly unverifiedSenders: 'allow' | 'refuse' | null;
  /** Who reports about TLS to other domains are from; `null` sends none. */
  readonly tlsReportFrom: string | null;
  /** Whether what becomes of each recipient is written to the logs of functions, addresses included. */
  readonly deliveryLog: 'off' | 'stdout';
  readonly alarmEmail: string | null;
  readonly logRetention: RetentionDays;
  readonly contentRetentionDays: number;
  /** How many batches are delivered at the same time. Of a fresh account's ten, the default leaves half for the API. */
  readonly maxConcurrency: number;
  /** Whether jobs name their project, so that one with a backlog waits for the others. */
  readonly fairQueue: boolean;
  /** The domain that mail comes back to, and that SES receives for; `null`: mail comes back to its sender. */
  readonly inboundDomain: string | null;
  /** What gets every event of every project: one that is made, or the ARN of one that is there. */
  readonly eventBus: string | null;
  readonly eventTopic: string | null;
  /** Settings of the product that its processes are to have. */
  readonly passed: PassedSettings;
};

// Of what CloudWatch accepts, up to a year.
const logRetentions = {
  '1': RetentionDays.ONE_DAY,
  '3': RetentionDays.THREE_DAYS,
  '7': RetentionDays.ONE_WEEK,
  '14': RetentionDays.TWO_WEEKS,
  '30': RetentionDays.ONE_MONTH,
  '60': RetentionDays.TWO_MONTHS,
  '90': RetentionDays.THREE_MONTHS,
  '180': RetentionDays.SIX_MONTHS,
  '365': RetentionDays.ONE_YEAR,
} as const;

const names = [
  'stage',
  'route',
  'smarthostSecretArn',
  'egress',
  'mailHostname',
  'unverifiedSenders',
  'front',
  'apiDomain',
  'apiCertificateArn',
  'publicUrl',
  'tlsReportFrom',
  'deliveryLog',
  'alarmEmail',
  'logRetentionDays',
  'contentRetentionDays',
  'maxConcurrency',
  'fairQueue',
  'inboundDomain',
  'eventBus',
  'eventTopic',
  ...passedNames,
] as const;
type Name = (typeof names)[number];

const mailAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

type Context = Readonly<Record<string, unknown>>;

/** `scheduled_at` 30 days ahead and `expires_at` 30 days after it: content that an attempt needs must not go before. */
const leastContentDays = 61;

/**
 * Reads the settings from the CDK's context (`-c name=value`, or `context` in cdk.json). Throws a `SettingsError` of one
 * sentence for a wrong value, a missing one, a contradiction, or a name that is none. `region` is where the CLI would deploy to,
 * `null` when it does not know.
 */
export function readSettings(context: Context, region: string | null = null): Settings {
  refuseUnknownNames(context);
  refuseOtherRegions(context, region);
  const stage = readMatching(context, 'stage', /^[a-z][a-z0-9]{0,19}$/, 'a word of up to 20 small letters and digits');
  const route = readRoute(context);
  const front = readFront(context);
  refuseSharedName(route, front);
  return {
    stage: stage ?? 'dev',
    keepsState: stage === 'prod',
    route,
    front,
    publicUrl: readPublicUrl(context, front),
    unverifiedSenders: readWord(context, 'unverifiedSenders', ['allow', 'refuse']),
    tlsReportFrom: readTlsReportFrom(context, route),
    deliveryLog: readWord(context, 'deliveryLog', ['off', 'stdout']) ?? 'off',
    alarmEmail: readMatching(context, 'alarmEmail', mailAddress, 'an e-mail address'),
    logRetention: readLogRetention(context),
    contentRetentionDays: readInteger(context, 'contentRetentionDays', 62, [leastContentDays, 3650]),
    maxConcurrency: readMaxConcurrency(context, route),
    fairQueue: readWord(context, 'fairQueue', ['true', 'false']) === 'true',
    inboundDomain: readHostname(context, 'inboundDomain'),
    eventBus: readMatching(
      context,
      'eventBus',
      /^(?:new|arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256})$/,
      'new, or the ARN of an event bus',
    ),
    eventTopic: readMatching(
      context,
      'eventTopic',
      /^(?:new|new-fifo|arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(?:\.fifo)?)$/,
      'new, new-fifo, or the ARN of an SNS topic',
    ),
    passed: readPassed(context),
  };
}

function readPassed(context: Context): PassedSettings {
  const given = passedNames.flatMap((name) => {
    const value = valueOf(context, name);
    return value === null ? [] : [[name, value] as const];
  });
  const characters = given.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (characters <= mostPassedCharacters) return Object.fromEntries(given);
  throw new SettingsError(
    `${given.map(([name]) => name).join(', ')} have ${characters} characters, expected ${mostPassedCharacters} at most: a function's variables have to fit into 4 KB.`,
  );
}

// The CDK's own names have a colon or a slash in them, but for the one by which its CLI is told to report nothing.
function refuseUnknownNames(context: Context): void {
  for (const name of Object.keys(context)) {
    if (/[:/]/.test(name) || name === 'cli-telemetry' || (names as readonly string[]).includes(name)) continue;
    throw new SettingsError(`${name} is not a setting: there are ${names.join(', ')}.`);
  }
}

// A function reads its secret, an API its certificate, and events are sent, in the region it all is in.
function refuseOtherRegions(context: Context, region: string | null): void {
  let known = region === null ? null : { region, because: 'where this is deployed to' };
  for (const name of ['smarthostSecretArn', 'apiCertificateArn', 'eventBus', 'eventTopic'] as const) {
    const there = /^arn:[^:]+:[^:]+:([a-z0-9-]+):/.exec(valueOf(context, name) ?? '')?.[1];
    if (there === undefined) continue;
    if (known !== null && known.region !== there) {
      throw new SettingsError(`${name} is in ${there}, expected one in ${known.region}, ${known.because}.`);
    }
    known ??= { region: there, because: `where ${name} is` };
  }
}

// RFC 1034 §3.6.2: beside a CNAME, which the API's domain is, a name has no address.
function refuseSharedName(route: RouteSettings, front: FrontSettings): void {
  if (route.kind !== 'mx' || front.kind !== 'http-api' || front.domain?.name !== route.mailHostname) return;
  throw new SettingsError(
    `apiDomain and mailHostname are both ${route.mailHostname}, but one is a CNAME and the other an address: take two names.`,
  );
}

function readMaxConcurrency(context: Context, route: RouteSettings): number {
  if (route.kind === 'mx' && route.egress === 'poller') {
    refuseGiven('maxConcurrency', valueOf(context, 'maxConcurrency'), 'with a poller no function delivers');
  }
  return readInteger(context, 'maxConcurrency', 5, [2, 1000]);
}

function readRoute(context: Context): RouteSettings {
  const kind = readWord(context, 'route', ['sandbox', 'smarthost', 'mx']) ?? 'sandbox';
  const secretArn = readSecretArn(context);
  const egress = readWord(context, 'egress', ['nat-gateway', 'nat-instance', 'poller']);
  const mailHostname = readHostname(context, 'mailHostname');
  if (kind !== 'smarthost') refuseGiven('smarthostSecretArn', secretArn, `the route is ${kind}`);
  if (kind !== 'mx') refuseGiven('egress', egress, `the route is ${kind}`);
  if (kind === 'sandbox') refuseGiven('mailHostname', mailHostname, `the route is ${kind}`);
  switch (kind) {
    case 'sandbox':
      return { kind };
    case 'smarthost':
      return {
        kind,
        secretArn:
          secretArn ?? missing('smarthostSecretArn', 'the route is smarthost', 'the ARN of a secret with its URL'),
        mailHostname,
      };
    case 'mx':
      return {
        kind,
        egress: egress ?? missing('egress', 'the route is mx', 'nat-gateway, nat-instance or poller'),
        mailHostname:
          mailHostname ?? missing('mailHostname', 'the route is mx', 'the name that the PTR record of the address has'),
      };
  }
}

function readTlsReportFrom(context: Context, route: RouteSettings): string | null {
  const from = readMatching(context, 'tlsReportFrom', mailAddress, 'an e-mail address');
  if (route.kind === 'sandbox') refuseGiven('tlsReportFrom', from, 'the route is sandbox');
  return from;
}

function readFront(context: Context): FrontSettings {
  const kind = readWord(context, 'front', ['http-api', 'function-url']) ?? 'http-api';
  const name = readHostname(context, 'apiDomain');
  const certificateArn = readMatching(
    context,
    'apiCertificateArn',
    /^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
    'the ARN of a certificate in ACM',
  );
  if (kind === 'function-url') {
    refuseGiven('apiDomain', name, 'a function URL has no domain of its own');
    refuseGiven('apiCertificateArn', certificateArn, 'a function URL has no domain of its own');
    return { kind };
  }
  if (name === null && certificateArn === null) return { kind, domain: null };
  return {
    kind,
    domain: {
      name: name ?? missing('apiDomain', 'apiCertificateArn is given', 'the domain that the certificate is for'),
      certificateArn:
        certificateArn ?? missing('apiCertificateArn', 'apiDomain is given', 'the ARN of a certificate for it in ACM'),
    },
  };
}

// The address that API Gateway or Lambda gives is known after the first deployment only: a function cannot be told its own.
function readPublicUrl(context: Context, front: FrontSettings): string | null {
  const form = /^https:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:\/[\w.~-]+)*\/?$/;
  const given = readMatching(context, 'publicUrl', form, 'an https URL such as https://mail.example.com');
  return given ?? (front.kind === 'http-api' && front.domain !== null ? `https://${front.domain.name}` : null);
}

// Complete, with the six characters that Secrets Manager adds: a policy for a part of it would need a wildcard.
function readSecretArn(context: Context): string | null {
  return readMatching(
    context,
    'smarthostSecretArn',
    /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    'the complete ARN of a secret in Secrets Manager, its last six characters included',
  );
}

function readHostname(context: Context, name: Name): string | null {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return readMatching(context, name, new RegExp(`^(?:${label}\\.)+${label}$`), 'a host name such as mail.example.com');
}

function readLogRetention(context: Context): RetentionDays {
  const words = Object.keys(logRetentions) as (keyof typeof logRetentions)[];
  return logRetentions[readWord(context, 'logRetentionDays', words) ?? '30'];
}

function readInteger(
  context: Context,
  name: Name,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const accepted = `a whole number from ${least} to ${most}`;
  const text = readMatching(context, name, /^\d{1,6}$/, accepted);
  if (text === null) return otherwise;
  const value = Number(text);
  return value >= least && value <= most ? value : refuse(name, text, accepted);
}

function readWord<Word extends string>(context: Context, name: Name, words: readonly Word[]): Word | null {
  const value = valueOf(context, name);
  if (value === null) return null;
  return words.find((word) => word === value) ?? refuse(name, value, `one of ${words.join(', ')}`);
}

function readMatching(context: Context, name: Name, form: RegExp, accepted: string): string | null {
  const value = valueOf(context, name);
  return value === null || (value.length <= 2048 && form.test(value)) ? value : refuse(name, value, accepted);
}

// From the command line all are strings; cdk.json may hold numbers and booleans.
function valueOf(context: Context, name: Name): string | null {
  const value = context[name];
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim()
    : refuse(name, JSON.stringify(value), 'one word, number or boolean');
}

function refuseGiven(name: Name, value: string | null, because: string): void {
  if (value !== null) throw new SettingsError(`${name} is given, but ${because}: leave it out.`);
}

function missing(name: Name, because: string, expected: string): never {
  throw new SettingsError(`${because}, but ${name} is not given: it has to be ${expected}.`);
}

function refuse(name: Name, value: string, accepted: string): never {
  throw new SettingsError(`${name} is ${JSON.stringify(value.slice(0, 200))}, expected ${accepted}.`);
}
