import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { readSettings, SettingsError } from '../../infra/settings.ts';

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-AbCdEf';
const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7d';
const certificateElsewhere = certificate.replace('eu-central-1', 'us-east-1');
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:mail.fifo';
const topicElsewhere = topicArn.replace('eu-central-1', 'us-east-1');
const domain = { apiDomain: 'api.example.com', apiCertificateArn: certificate };
const mx = { route: 'mx', egress: 'nat-gateway', mailHostname: 'out.example.com' };

// What is given, and the sentence that stops the synthesis.
const refused: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ rout: 'mx' }, 'rout is not a setting: there are stage, route, '],
  [{ stage: 'Prod' }, 'stage is "Prod", expected a word of up to 20 small letters and digits.'],
  [{ route: 'ses' }, 'route is "ses", expected one of sandbox, smarthost, mx.'],
  [
    { route: 'smarthost' },
    'the route is smarthost, but smarthostSecretArn is not given: it has to be the ARN of a secret with its URL.',
  ],
  [
    { route: 'smarthost', smarthostSecretArn: secret.slice(0, -7) },
    `smarthostSecretArn is "${secret.slice(0, -7)}", expected the complete ARN of a secret in Secrets Manager, its last six characters included.`,
  ],
  [{ smarthostSecretArn: secret }, 'smarthostSecretArn is given, but the route is sandbox: leave it out.'],
  [{ ...mx, smarthostSecretArn: secret }, 'smarthostSecretArn is given, but the route is mx: leave it out.'],
  [{ route: 'mx' }, 'the route is mx, but egress is not given: it has to be nat-gateway, nat-instance or poller.'],
  [{ ...mx, egress: 'nat' }, 'egress is "nat", expected one of nat-gateway, nat-instance, poller.'],
  [
    { route: 'mx', egress: 'poller' },
    'the route is mx, but mailHostname is not given: it has to be the name that the PTR record of the address has.',
  ],
  [{ egress: 'poller' }, 'egress is given, but the route is sandbox: leave it out.'],
  [{ mailHostname: 'out.example.com' }, 'mailHostname is given, but the route is sandbox: leave it out.'],
  [{ ...mx, mailHostname: 'localhost' }, 'mailHostname is "localhost", expected a host name such as mail.example.com.'],
  [{ ...mx, tlsReportFrom: 'me' }, 'tlsReportFrom is "me", expected an e-mail address.'],
  [{ tlsReportFrom: 'tls@example.com' }, 'tlsReportFrom is given, but the route is sandbox: leave it out.'],
  [{ deliveryLog: './log' }, 'deliveryLog is "./log", expected one of off, stdout.'],
  [{ eventBus: 'mail' }, 'eventBus is "mail", expected new, or the ARN of an event bus.'],
  [{ eventTopic: 'fifo' }, 'eventTopic is "fifo", expected new, new-fifo, or the ARN of an SNS topic.'],
  [{ ...domain, eventTopic: topicElsewhere }, 'eventTopic is in us-east-1, expected one in eu-central-1, '],
  [{ unverifiedSenders: 'warn' }, 'unverifiedSenders is "warn", expected one of allow, refuse.'],
  [{ fairQueue: 'yes' }, 'fairQueue is "yes", expected one of true, false.'],
  [{ inboundDomain: 'Back' }, 'inboundDomain is "Back", expected a host name such as mail.example.com.'],
  [
    { publicUrl: 'http://mail.example.com' },
    'publicUrl is "http://mail.example.com", expected an https URL such as https://mail.example.com.',
  ],
  [{ front: 'alb' }, 'front is "alb", expected one of http-api, function-url.'],
  [
    { front: 'function-url', ...domain },
    'apiDomain is given, but a function URL has no domain of its own: leave it out.',
  ],
  [
    { front: 'function-url', apiCertificateArn: certificate },
    'apiCertificateArn is given, but a function URL has no domain of its own: leave it out.',
  ],
  [
    { apiDomain: 'api.example.com' },
    'apiDomain is given, but apiCertificateArn is not given: it has to be the ARN of a certificate for it in ACM.',
  ],
  [
    { apiCertificateArn: certificate },
    'apiCertificateArn is given, but apiDomain is not given: it has to be the domain that the certificate is for.',
  ],
  [
    { ...domain, apiCertificateArn: secret },
    `apiCertificateArn is "${secret}", expected the ARN of a certificate in ACM.`,
  ],
  [
    { ...domain, apiDomain: 'api_1.example.com' },
    'apiDomain is "api_1.example.com", expected a host name such as mail.example.com.',
  ],
  [{ alarmEmail: 'ops' }, 'alarmEmail is "ops", expected an e-mail address.'],
  [{ logRetentionDays: 31 }, 'logRetentionDays is "31", expected one of 1, 3, 7, 14, 30, 60, 90, 180, 365.'],
  [{ contentRetentionDays: '60' }, 'contentRetentionDays is "60", expected a whole number from 61 to 3650.'],
  [{ maxConcurrency: '1' }, 'maxConcurrency is "1", expected a whole number from 2 to 1000.'],
  [{ maxConcurrency: 'many' }, 'maxConcurrency is "many", expected a whole number from 2 to 1000.'],
  [{ stage: 'a-state' }, 'stage is "a-state", expected a word of up to 20 small letters and digits.'],
  [
    { ...mx, egress: 'poller', maxConcurrency: 9 },
    'maxConcurrency is given, but with a poller no function delivers: leave it out.',
  ],
  [
    { ...mx, ...domain, apiDomain: 'out.example.com' },
    'apiDomain and mailHostname are both out.example.com, but one is a CNAME and the other an address: take two names.',
  ],
  [
    { route: 'smarthost', smarthostSecretArn: secret, ...domain, apiCertificateArn: certificateElsewhere },
    'apiCertificateArn is in us-east-1, expected one in eu-central-1, where smarthostSecretArn is.',
  ],
  [{ POSTERN_API_KEY: 'a-key' }, 'POSTERN_API_KEY is not a setting: there are stage, route, '],
  [
    { POSTERN_SHAPING: 'x'.repeat(2_000), POSTERN_MAX_AGE: '2d' },
    "POSTERN_MAX_AGE, POSTERN_SHAPING have 2032 characters, expected 2000 at most: a function's variables have to fit into 4 KB.",
  ],
  [{ stage: ['a'] }, 'stage is "[\\"a\\"]", expected one word, number or boolean.'],
];

describe('the settings of a deployment', () => {
  it('need nothing: the sandbox behind an HTTP API', () => {
    expect(readSettings({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': ['**'] })).toEqual({
      stage: 'dev',
      keepsState: false,
      route: { kind: 'sandbox' },
      front: { kind: 'http-api', domain: null },
      publicUrl: null,
      unverifiedSenders: null,
      tlsReportFrom: null,
      deliveryLog: 'off',
      alarmEmail: null,
      logRetention: 30,
      contentRetentionDays: 62,
      maxConcurrency: 5,
      fairQueue: false,
      inboundDomain: null,
      passed: {},
      eventBus: null,
      eventTopic: null,
    });
  });

  it('are read from words, as the command line gives them', () => {
    const given = {
      ...mx,
      fairQueue: true,
      unverifiedSenders: 'allow',
      tlsReportFrom: 'tls@example.com',
      deliveryLog: 'stdout',
      ...domain,
      inboundDomain: 'back.example.com',
      POSTERN_MAX_AGE: '2d',
      stage: 'prod',
      alarmEmail: 'ops@example.com',
      logRetentionDays: '7',
      maxConcurrency: '20',
      eventBus: 'new',
      eventTopic: topicArn,
    };
    expect(readSettings(given)).toEqual({
      stage: 'prod',
      keepsState: true,
      route: { kind: 'mx', egress: 'nat-gateway', mailHostname: 'out.example.com' },
      front: { kind: 'http-api', domain: { name: 'api.example.com', certificateArn: certificate } },
      publicUrl: 'https://api.example.com',
      unverifiedSenders: 'allow',
      tlsReportFrom: 'tls@example.com',
      deliveryLog: 'stdout',
      alarmEmail: 'ops@example.com',
      logRetention: 7,
      contentRetentionDays: 62,
      maxConcurrency: 20,
      fairQueue: true,
      inboundDomain: 'back.example.com',
      passed: { POSTERN_MAX_AGE: '2d' },
      eventBus: 'new',
      eventTopic: topicArn,
    });
  });

  it.each(refused)('stop the synthesis with one sentence: %j', (given, sentence) => {
    const read = () => readSettings(given);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(sentence);
  });

  it('are held against the region that is deployed to, where it is known', () => {
    expect(() => readSettings(domain, 'us-east-1')).toThrow(
      'apiCertificateArn is in eu-central-1, expected one in us-east-1, where this is deployed to.',
    );
    expect(readSettings(domain, 'eu-central-1').front).toMatchObject({ domain: { certificateArn: certificate } });
  });

  it('are all in the guide', () => {
    const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
    const [, names = ''] = /there are (.*)\.$/.exec(sentenceOf({ unknown: 1 }) ?? '') ?? [];
    expect(names.split(', ').length).toBeGreaterThan(10);
    expect(names.split(', ').filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });

  it("leave the CLI's own settings alone", () => {
    expect(readSettings({ 'cli-telemetry': false }).stage).toBe('dev');
  });
});

// Every way of a deployment, with what it needs; and one more setting beside it.
const smarthost = { route: 'smarthost', smarthostSecretArn: secret };
const ways = {
  sandbox: { route: 'sandbox' },
  smarthost,
  'nat-gateway': mx,
  'nat-instance': { ...mx, egress: 'nat-instance' },
  poller: { ...mx, egress: 'poller' },
  'function-url': { front: 'function-url' },
  'api domain': domain,
};
const more = {
  stage: 'prod',
  ...smarthost,
  ...mx,
  ...domain,
  front: 'http-api',
  alarmEmail: 'ops@example.com',
  logRetentionDays: '7',
  contentRetentionDays: '90',
  maxConcurrency: '20',
};
const contradictions: Readonly<Record<keyof typeof ways, readonly (keyof typeof more)[]>> = {
  sandbox: ['smarthostSecretArn', 'egress', 'mailHostname', 'apiDomain', 'apiCertificateArn'],
  smarthost: ['egress', 'apiDomain', 'apiCertificateArn'],
  'nat-gateway': ['smarthostSecretArn', 'apiDomain', 'apiCertificateArn'],
  'nat-instance': ['smarthostSecretArn', 'apiDomain', 'apiCertificateArn'],
  poller: ['smarthostSecretArn', 'apiDomain', 'apiCertificateArn', 'maxConcurrency'],
  'function-url': ['smarthostSecretArn', 'egress', 'mailHostname', 'apiDomain', 'apiCertificateArn'],
  'api domain': ['smarthostSecretArn', 'egress', 'mailHostname'],
};

function sentenceOf(given: Record<string, unknown>): string | null {
  try {
    readSettings(given);
    return null;
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

describe.each(Object.entries(ways))('a deployment by way of %s', (way, base) => {
  it('takes every setting that goes with it, and for each other one says why not in a sentence', () => {
    const beside = Object.entries(more).filter(([name]) => !(name in base) && name !== 'route' && name !== 'front');
    const refusedOnes = beside.flatMap(([name, value]) => {
      const sentence = sentenceOf({ ...base, [name]: value });
      if (sentence !== null) expect(sentence).toMatch(/^[^\n]*\b[^\n]+\.$/);
      return sentence === null ? [] : [name];
    });
    expect(refusedOnes.toSorted()).toEqual([...contradictions[way as keyof typeof ways]].toSorted());
  });

  it('is not made when one of the settings is missing that it needs', () => {
    const needed = Object.keys(base).filter((name) => name !== 'route' && name !== 'front');
    for (const name of needed) expect(sentenceOf({ ...base, [name]: '' })).toContain(`${name} is not given`);
  });
});
