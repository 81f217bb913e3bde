import { describe, expect, it } from 'vitest';

import { readSettings, SettingsError } from '../../infra/settings.ts';

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-AbCdEf';
const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7d';
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
  [{ unverifiedSenders: 'warn' }, 'unverifiedSenders is "warn", expected one of allow, refuse.'],
  [{ fairQueue: 'yes' }, 'fairQueue is "yes", expected one of true, false.'],
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
  [{ stage: ['a'] }, 'stage is "[\\"a\\"]", expected one word, number or boolean.'],
];

describe('the settings of a deployment', () => {
  it('need nothing: the sandbox behind an HTTP API', () => {
    expect(readSettings({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': ['**'] })).toEqual({
      stage: 'dev',
      keepsState: false,
      route: { kind: 'sandbox' },
      front: { kind: 'http-api', domain: null },
      unverifiedSenders: null,
      alarmEmail: null,
      logRetention: 30,
      contentRetentionDays: 62,
      maxConcurrency: 5,
      fairQueue: false,
    });
  });

  it('are read from words, as the command line gives them', () => {
    const given = {
      ...mx,
      fairQueue: true,
      unverifiedSenders: 'allow',
      ...domain,
      stage: 'prod',
      alarmEmail: 'ops@example.com',
      logRetentionDays: '7',
      maxConcurrency: '20',
    };
    expect(readSettings(given)).toEqual({
      stage: 'prod',
      keepsState: true,
      route: { kind: 'mx', egress: 'nat-gateway', mailHostname: 'out.example.com' },
      front: { kind: 'http-api', domain: { name: 'api.example.com', certificateArn: certificate } },
      unverifiedSenders: 'allow',
      alarmEmail: 'ops@example.com',
      logRetention: 7,
      contentRetentionDays: 62,
      maxConcurrency: 20,
      fairQueue: true,
    });
  });

  it.each(refused)('stop the synthesis with one sentence: %j', (given, sentence) => {
    const read = () => readSettings(given);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(sentence);
  });
});
