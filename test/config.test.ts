import { hostname } from 'node:os';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Config, environmentNames, readConfig } from '../functions/config.ts';
import { awsNames } from '../functions/config/aws.ts';
import { ConfigError, type Environment } from '../functions/config/environment.ts';
import { parseDuration } from '../functions/core/duration.ts';

const minute = 60_000;
const day = 1_440 * minute;

const isOfAws = (name: string): boolean => (awsNames as readonly string[]).includes(name);

const onAws = {
  AWS_REGION: 'eu-central-1',
  POSTERN_TABLE: 'postern-table',
  POSTERN_BUCKET: 'postern-content-1',
  POSTERN_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/jobs',
  POSTERN_DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead',
  POSTERN_NOTIFY_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/notify',
  POSTERN_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
};

function refusalOf(
  environment: Record<string, string>,
  read: (environment: Environment) => Config = readConfig,
): string {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`${JSON.stringify(environment)} was taken.`);
}

function smarthost(url: string) {
  return readConfig({ POSTERN_ROUTE: 'smarthost', POSTERN_SMARTHOST_URL: url }).route;
}

describe('POSTERN_DNS', () => {
  it('takes the URL of a resolver over HTTPS', () => {
    const { dns } = readConfig({ POSTERN_DNS: 'https://dns.example:8443/dns-query?x=1' });
    expect(dns.kind === 'https' && dns.url.href).toBe('https://dns.example:8443/dns-query?x=1');
  });

  it.each(['http://dns.example/dns-query', 'https://', 'https://u:secret@dns.example/', 'https://dns.example/{?dns}'])(
    'refuses %s, and shows no login',
    (value) => {
      const sentence = refusalOf({ POSTERN_DNS: value });
      expect(sentence).toMatch(/^POSTERN_DNS is .* https:\/\/dns\.example\/dns-query\.$/);
      expect(sentence).not.toContain('secret');
    },
  );
});

describe('POSTERN_PUBLIC_URL', () => {
  it.each([
    ['https://mail.example.com', 'https://mail.example.com'],
    ['https://Mail.Example.com:8443/Postern//', 'https://mail.example.com:8443/Postern'],
    ['https://b\u00fccher.example/', 'https://xn--bcher-kva.example'],
    ['https://192.0.2.1/a/b~c_d-e.f', 'https://192.0.2.1/a/b~c_d-e.f'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['http://localhost', 'http://localhost'],
  ])('takes %s', (value, publicUrl) => {
    expect(readConfig({ POSTERN_PUBLIC_URL: value }).publicUrl).toBe(publicUrl);
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'http://127.evil.example',
    'ftp://mail.example.com',
    'https://user:secret@mail.example.com',
    'https://mail.example.com/?a=b',
    'https://mail.example.com/#u',
    'https://mail.example.com/a%20b',
    'https://mail.example.com/a,b',
    "https://mail.example.com/a'b",
    "https://a'b.example/",
    'https://mail.example.com/a&b',
    `https://mail.example.com/${'a'.repeat(240)}`,
  ])('refuses %s, and shows no login', (value) => {
    const sentence = refusalOf({ POSTERN_PUBLIC_URL: value });
    expect(sentence).toMatch(/^POSTERN_PUBLIC_URL is .*, expected an https URL such as https:\/\/mail\.example\.com/);
    expect(sentence).not.toContain('secret');
  });
});

describe('the configuration', () => {
  it('has a default for everything (C28)', () => {
    expect(readConfig({})).toEqual({
      aws: null,
      deliveryLog: { kind: 'off' },
      listen: { host: '127.0.0.1', port: 8080 },
      publicUrl: null,
      dataDir: '.postern',
      masterKey: null,
      apiKey: null,
      route: { kind: 'sandbox' },
      unverifiedSenders: 'allow',
      hostname: hostname(),
      dns: { kind: 'system' },
      allowPrivateAddresses: false,
      tlsCaFile: null,
      tlsLevels: [],
      tlsReportFrom: null,
      retryScheduleMs: [1, 5, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * minute),
      maxAgeMs: 5 * day,
      smtpTimeouts: {
        connectMs: 30_000,
        greetingMs: 5 * minute,
        commandMs: 5 * minute,
        dataMs: 2 * minute,
        blockMs: 3 * minute,
        dotMs: 10 * minute,
        sessionMs: 14 * minute,
        dnsMs: 20_000,
        policyMs: 30_000,
      },
      sweepIntervalMs: 1_000,
      workerConcurrency: 100,
      connectionsPerHost: 20,
      messagesPerConnection: 100,
      shaping: null,
      sourceAddresses: null,
      returnPath: null,
      inboundListen: null,
      dkim: { kind: 'none' },
      maxRequestBytes: 20 * 1024 * 1024,
      retainContent: { kind: 'for', ms: 30 * day },
    });
    expect(readConfig(onAws, 'aws')).toMatchObject({
      aws: {
        region: 'eu-central-1',
        table: 'postern-table',
        bucket: 'postern-content-1',
        queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/jobs',
        deadLetterQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead',
        notifyQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/notify',
        masterKey: Buffer.alloc(32, 1),
        endpoint: null,
      },
      dataDir: '/tmp/postern',
      sweepIntervalMs: minute,
      connectionsPerHost: 5,
      maxRequestBytes: 6 * 1024 * 1024,
      retainContent: { kind: 'deferred' },
    });
  });

  it('refuses unverified senders where many may share a deployment and mail leaves it, unless told otherwise', () => {
    const sending = { POSTERN_ROUTE: 'mx', POSTERN_HOSTNAME: 'mail.example.com' };
    const read = (environment: Record<string, string>) => [
      readConfig(environment).unverifiedSenders,
      readConfig({ ...onAws, ...environment }, 'aws').unverifiedSenders,
    ];
    expect(read({})).toEqual(['allow', 'allow']);
    expect(read(sending)).toEqual(['allow', 'refuse']);
    expect(read({ ...sending, POSTERN_UNVERIFIED_SENDERS: 'allow' })).toEqual(['allow', 'allow']);
    expect(read({ POSTERN_UNVERIFIED_SENDERS: 'refuse' })).toEqual(['refuse', 'refuse']);
    expect(refusalOf({ POSTERN_UNVERIFIED_SENDERS: 'warn' })).toContain('one of allow, refuse');
  });

  it('takes every variable', () => {
    const environment = {
      POSTERN_HOST: '::1',
      POSTERN_PORT: '0',
      POSTERN_PUBLIC_URL: 'https://mail.example.com/postern/',
      POSTERN_DATA_DIR: '/var/lib/postern',
      POSTERN_API_KEY: 'a key of more than twenty characters',
      POSTERN_ROUTE: 'mx',
      POSTERN_SMARTHOST_URL: '',
      POSTERN_UNVERIFIED_SENDERS: 'refuse',
      POSTERN_HOSTNAME: 'mail.example.com',
      POSTERN_MX_PORT: '2525',
      POSTERN_DNS: 'udp://[::1]:5300',
      POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
      POSTERN_TLS_CA_FILE: '/etc/ca.pem',
      POSTERN_TLS_POLICY: 'Example.com:verified, .bücher.example:none',
      POSTERN_TLS_REPORT_FROM: 'tls@bücher.example',
      POSTERN_RETRY_SCHEDULE: '100ms, 2s,3d',
      POSTERN_MAX_AGE: '2h',
      POSTERN_SMTP_TIMEOUTS: 'connect=100ms, dot=2s',
      POSTERN_SWEEP_INTERVAL: '50ms',
      POSTERN_WORKER_CONCURRENCY: '1',
      POSTERN_CONNECTIONS_PER_HOST: '2',
      POSTERN_MESSAGES_PER_CONNECTION: '3',
      POSTERN_SHAPING: '{"google":{"connections":5}}',
      POSTERN_SOURCE_ADDRESSES: '192.0.2.1',
      POSTERN_RETURN_PATH_DOMAIN: 'Bounces.Example.com',
      POSTERN_RETURN_PATH_SECRET: 'sixteen characters,those before them',
      POSTERN_INBOUND_LISTEN: 'lmtp://127.0.0.1:2424',
      POSTERN_DKIM_KEYS: '[{"domain":"example.com","selector":"s1","key":"PEM"}]',
      POSTERN_DELIVERY_LOG: '/var/log/postern',
      POSTERN_MAX_REQUEST_BYTES: '1048576',
      POSTERN_RETAIN_CONTENT: 'deferred',
      POSTERN_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
    };
    expect(Object.keys(environment)).toEqual(environmentNames.filter((name) => !isOfAws(name)));
    expect(readConfig({ ...environment, PATH: '/bin' })).toMatchObject({
      listen: { host: '::1', port: 0 },
      apiKey: 'a key of more than twenty characters',
      route: { kind: 'mx', port: 2525 },
      hostname: 'mail.example.com',
      dns: { kind: 'udp', host: '::1', port: 5300 },
      allowPrivateAddresses: true,
      tlsLevels: [
        { domain: 'example.com', level: 'verified' },
        { domain: '.xn--bcher-kva.example', level: 'none' },
      ],
      tlsReportFrom: { local: 'tls', domain: 'xn--bcher-kva.example' },
      retryScheduleMs: [100, 2_000, 3 * day],
      maxAgeMs: 120 * minute,
      smtpTimeouts: { connectMs: 100, greetingMs: 5 * minute, dotMs: 2_000 },
      shaping: environment.POSTERN_SHAPING,
      sourceAddresses: environment.POSTERN_SOURCE_ADDRESSES,
      inboundListen: environment.POSTERN_INBOUND_LISTEN,
      returnPath: { domain: 'bounces.example.com', secrets: ['sixteen characters', 'those before them'] },
      dkim: { kind: 'keys', keys: [{ domain: 'example.com', selector: 's1', key: 'PEM' }] },
      deliveryLog: { kind: 'directory', path: '/var/log/postern' },
      retainContent: { kind: 'deferred' },
    });
  });
});

describe('a wrong setting', () => {
  it.each([
    ['POSTERN_PORT', '70000', 'a whole number from 0 to 65535'],
    ['POSTERN_PORT', '80 80', 'a whole number'],
    ['POSTERN_ROUTE', 'smarthos', 'one of sandbox, smarthost, mx'],
    ['POSTERN_ALLOW_PRIVATE_ADDRESSES', 'yes', 'true or false'],
    ['POSTERN_MAX_AGE', '5', 'a whole number with the unit ms, s, m, h or d'],
    ['POSTERN_MAX_AGE', '0d', 'above zero'],
    ['POSTERN_RETRY_SCHEDULE', '1m,,5m', 'a comma list of delays'],
    ['POSTERN_RETRY_SCHEDULE', '0s', 'above zero'],
    ['POSTERN_SMTP_TIMEOUTS', 'greting=5m', 'greeting'],
    ['POSTERN_SMTP_TIMEOUTS', 'dot=5', 'the unit'],
    ['POSTERN_SMTP_TIMEOUTS', 'dot=5m,dot=6m', 'each once'],
    ['POSTERN_WORKER_CONCURRENCY', '0', 'from 1'],
    ['POSTERN_CONNECTIONS_PER_HOST', '-1', 'from 1'],
    ['POSTERN_HOSTNAME', 'mail_host', 'a host name'],
    ['POSTERN_HOSTNAME', '[mail]', 'an address literal'],
    ['POSTERN_DNS', 'udp://dns.example', 'system, udp://'],
    ['POSTERN_TLS_REPORT_FROM', 'tls-reports', 'an ASCII address such as tls-reports@example.com'],
    ['POSTERN_TLS_REPORT_FROM', 'bücher@example.com', 'an ASCII address'],
    ['POSTERN_TLS_POLICY', 'example.com', 'domain:level'],
    ['POSTERN_TLS_POLICY', 'example.com:dane', 'domain:level'],
    ['POSTERN_TLS_POLICY', 'example:none', 'domain:level'],
    ['POSTERN_TLS_POLICY', 'example.com:none:x', 'domain:level'],
    ['POSTERN_TLS_POLICY', 'example.com:none,EXAMPLE.com:verified', 'each domain once'],
    ['POSTERN_DNS', 'udp://127.0.0.1:0', 'system, udp://'],
    ['POSTERN_DELIVERY_LOG', 'stdot', 'expected off, stdout or the path of a directory such as ./delivery-log.'],
    ['POSTERN_MAX_REQUEST_BYTES', '20MB', 'a whole number'],
    ['POSTERN_RETAIN_CONTENT', 'forever', 'deferred, or'],
  ])('stops the start with its name, its value and what is accepted: %s=%s (C14)', (name, value, accepted) => {
    const sentence = refusalOf({ [name]: value });
    expect(sentence).toMatch(/\.$/);
    expect(sentence).toContain(`${name} is "${value}", expected `);
    expect(sentence).toContain(accepted);
  });

  it.each([
    ['POSTERN_API_KEY', 'canary', '20 or more'],
    ['POSTERN_API_KEY', 'canary-canary-canary-\u00e9', 'printable ASCII'],
    ['POSTERN_RETURN_PATH_SECRET', 'canary', '16 or more'],
    ['POSTERN_RETURN_PATH_SECRET', 'sixteen characters,canary', '16 or more'],
    ['POSTERN_MASTER_KEY', 'canary', '32 random bytes in base64'],
    ['POSTERN_DKIM_KEYS', '[{"domain":"d.example","selector":"s","key":"canary","kty":"x"}]', 'a private key in PEM'],
    ['POSTERN_DKIM_KEYS', '{"key":"canary"', 'a private key in PEM'],
  ])('never shows a secret: %s', (name, value, accepted) => {
    const sentence = refusalOf({ [name]: value });
    expect(sentence).toContain(name);
    expect(sentence).toContain(accepted);
    expect(sentence).not.toContain('canary');
  });

  it.each([
    [{ POSTERN_ROUTE: 'smarthost' }, 'POSTERN_SMARTHOST_URL is not set'],
    [{ POSTERN_SMARTHOST_URL: 'smtp://relay.example' }, 'POSTERN_ROUTE is "sandbox"'],
    [{ POSTERN_ROUTE: 'mx', POSTERN_SMARTHOST_URL: 'smtp://relay.example' }, 'POSTERN_ROUTE is "mx"'],
    [{ POSTERN_RETURN_PATH_SECRET: 'sixteen characters' }, 'POSTERN_RETURN_PATH_DOMAIN is not'],
  ])('is also one that contradicts another: %j', (environment, sentence) => {
    expect(refusalOf(environment as Record<string, string>)).toContain(sentence);
  });

  it('is also a name that does not exist, with the one that was meant', () => {
    expect(refusalOf({ POSTERN_SMARTHOST: 'x' })).toBe(
      'POSTERN_SMARTHOST is not a setting: did you mean POSTERN_SMARTHOST_URL?',
    );
    expect(refusalOf({ POSTERN_FAVOURITE_COLOUR_OF_ALL: 'x' })).toContain('is not a setting: the README lists');
  });
});

it('the master key may be in hexadecimal digits too', () => {
  expect(readConfig({ POSTERN_MASTER_KEY: 'aB'.repeat(32) }).masterKey).toEqual(Buffer.alloc(32, 0xab));
});

describe('the settings of AWS', () => {
  const refusalOnAws = (changes: Record<string, string>): string =>
    refusalOf({ ...onAws, ...changes }, (environment) => readConfig(environment, 'aws'));

  it.each(Object.keys(onAws))('have no default: %s', (name) => {
    expect(refusalOnAws({ [name]: '' })).toBe(`${name} is not set, and on AWS it has no default.`);
  });

  it.each([
    ['POSTERN_TABLE', 'a table', 'the name of a DynamoDB table'],
    ['POSTERN_BUCKET', 'Bucket', 'the name of an S3 bucket'],
    ['POSTERN_QUEUE_URL', 'jobs', 'an http or https URL'],
    ['POSTERN_AWS_ENDPOINT', 'http://user:canary@127.0.0.1', 'an http or https URL'],
    ['POSTERN_FAIR_QUEUE', 'yes', 'true or false'],
    ['POSTERN_DELIVERY_LOG', './log', 'expected off or stdout.'],
    ['POSTERN_EVENT_BUS', 'mail events', 'the name or the ARN of an event bus, in '],
    ['POSTERN_EVENT_BUS', 'arn:aws:events:xx-east-9:123456789012:event-bus/mail', 'of an event bus, in '],
    ['POSTERN_EVENT_TOPIC', 'mail', 'the ARN of an SNS topic, in '],
    ['POSTERN_EVENT_TOPIC', 'arn:aws:sns:xx-east-9:123456789012:mail', 'of an SNS topic, in '],
    ['POSTERN_MAX_REQUEST_BYTES', '20971520', 'a whole number from 1024 to 6291456'],
  ])('are refused when they are none: %s=%s', (name, value, accepted) => {
    const sentence = refusalOnAws({ [name]: value });
    expect(sentence).toContain(name);
    expect(sentence).toContain(accepted);
    expect(sentence).not.toContain('canary');
  });

  it('need a dead-letter queue that is another queue', () => {
    expect(refusalOnAws({ POSTERN_DEAD_LETTER_QUEUE_URL: onAws.POSTERN_QUEUE_URL })).toContain('needs its own queue');
  });

  it.each(awsNames)('contradict one process: %s', (name) => {
    expect(refusalOf({ [name]: 'x' })).toBe(
      `${name} is set, but this is one process on the embedded store: remove it.`,
    );
  });
});

describe('a smarthost URL', () => {
  it.each([
    ['smtp://relay.example', { host: 'relay.example', port: 587, tls: 'required', credentials: null }],
    ['smtps://Relay.Example/', { host: 'relay.example', port: 465, tls: 'implicit', credentials: null }],
    ['smtp://127.0.0.1:2525?tls=none', { host: '127.0.0.1', port: 2525, tls: 'none', credentials: null }],
    ['smtp://[::1]:2525?tls=opportunistic', { host: '::1', port: 2525, tls: 'opportunistic', credentials: null }],
    [
      'smtp://user%40one.example:p%40ss%2F%3A%25%20%C3%A9@relay.example',
      {
        host: 'relay.example',
        port: 587,
        tls: 'required',
        credentials: { user: 'user@one.example', secret: 'p@ss/:% \u00e9', mechanism: null },
      },
    ],
    [
      'smtps://u:p@relay.example?auth=xoauth2',
      {
        host: 'relay.example',
        port: 465,
        tls: 'implicit',
        credentials: { user: 'u', secret: 'p', mechanism: 'XOAUTH2' },
      },
    ],
    [
      'smtp://u:p@relay.example?auth=scram-sha-256',
      {
        host: 'relay.example',
        port: 587,
        tls: 'required',
        credentials: { user: 'u', secret: 'p', mechanism: 'SCRAM-SHA-256' },
      },
    ],
    [
      'smtp://u:p@relay.example?auth=oauthbearer',
      {
        host: 'relay.example',
        port: 587,
        tls: 'required',
        credentials: { user: 'u', secret: 'p', mechanism: 'OAUTHBEARER' },
      },
    ],
    [
      'smtp://u:p@relay.example?tls=none&auth=cram-md5',
      { host: 'relay.example', port: 587, tls: 'none', credentials: { user: 'u', secret: 'p', mechanism: 'CRAM-MD5' } },
    ],
  ])('%s is read', (url, expected) => {
    expect(smarthost(url)).toEqual({ kind: 'smarthost', smarthost: expected });
  });

  it.each([
    ['relay.example:587', 'a URL such as'],
    ['http://u:canary@relay.example', 'a URL such as'],
    ['smtp://u:canary@relay.example/path', 'a URL such as'],
    ['smtp://u:can@ary/#x@relay.example', 'expected'],
    ['smtp://u:canary@', 'expected'],
    ['smtp://u:canary@relay.example?tls=yes', 'tls=required'],
    ['smtps://u:canary@relay.example?tls=none', 'no tls on smtps://'],
    ['smtp://u:canary@relay.example?auth=ntlm', 'auth=oauthbearer'],
    ['smtp://u:canary@relay.example?tls=required&tls=none', 'at most one each'],
    ['smtp://u:canary@relay.example?timeout=5', 'at most one each'],
    ['smtp://canary@relay.example', 'both a user and a password'],
    ['smtp://relay.example?auth=plain', 'where auth is given'],
    ['smtp://u:canary%0d%0aQUIT@relay.example', 'percent-encoded'],
    ['smtp://u:canary%01@relay.example', 'percent-encoded'],
    ['smtp://u:canary%ff@relay.example', 'percent-encoded'],
  ])('%s is refused without its password', (url, accepted) => {
    const sentence = refusalOf({ POSTERN_ROUTE: 'smarthost', POSTERN_SMARTHOST_URL: url });
    expect(sentence).toContain('POSTERN_SMARTHOST_URL is ');
    expect(sentence).toContain(accepted);
    expect(sentence).not.toMatch(/canary|can@ary/);
  });

  it('gives back any user and password that were percent-encoded', () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(printable, printable, (user, secret) => {
        const url = `smtp://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@relay.example`;
        expect(smarthost(url)).toMatchObject({ smarthost: { credentials: { user, secret } } });
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 5 * minute],
    [' 2h ', 120 * minute],
    ['5d', 5 * day],
    ['0s', 0],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '1.5h', '-1s', '5 m', '5M', '1h30m', '1e3s', '99999999999d'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('what the start refuses', () => {
  it.each(['no such host', 'http://x', '127.0.0.1:80', '999.1.1.1'])('names POSTERN_HOST for %s', (value) => {
    expect(refusalOf({ POSTERN_HOST: value })).toMatch(/^POSTERN_HOST is ".+", expected /);
  });

  it.each(['::1', 'localhost', '0.0.0.0', 'api.internal'])('lets the API listen at %s', (value) => {
    expect(readConfig({ POSTERN_HOST: value }).listen.host).toBe(value);
  });

  it.each([
    'smtp://user:CANARYhost:587',
    'smtp://host?auth=plain&password=CANARY',
    'smtp://user:secret@host?tls=none&auth=CANARY',
    'smtp://user:CANARY@host:0',
    'user:CANARY@host:25',
    'smtp:user:CANARY',
  ])('shows no secret of %s, wherever it stands', (url) => {
    const refusal = refusalOf({ POSTERN_ROUTE: 'smarthost', POSTERN_SMARTHOST_URL: url });
    expect(refusal).toContain('POSTERN_SMARTHOST_URL');
    expect(refusal).not.toContain('CANARY');
  });
});
