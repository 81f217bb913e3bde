import { describe, expect, it } from 'vitest';

import { readConfig } from '../../../functions/config.ts';
import { withSecrets } from '../../../functions/config/secrets.ts';
import { synthesize, type Synthesis } from '../synthesis.ts';

const smarthostSecretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-AbCdEf';
const sandbox = await synthesize({});
const smarthost = await synthesize({ route: 'smarthost', smarthostSecretArn, mailHostname: 'out.example.com' });

// What the platform puts in the place of references.
const made: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-central-1',
  POSTERN_TABLE: 'postern-dev-state-Table',
  POSTERN_BUCKET: 'postern-dev-state-contents',
  POSTERN_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/jobs',
  POSTERN_DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters',
  POSTERN_NOTIFY_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/notify',
  POSTERN_MASTER_KEY_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:master-AbCdEf',
  POSTERN_API_KEY_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf',
};
const secrets: Readonly<Record<string, string>> = {
  [made['POSTERN_MASTER_KEY_SECRET_ARN'] ?? '']: 'aB'.repeat(32),
  [made['POSTERN_API_KEY_SECRET_ARN'] ?? '']: 'k'.repeat(48),
  [smarthostSecretArn]: 'smtp://user:password@relay.example:587',
};

async function configOf({ service }: Synthesis, name: string, own: Readonly<Record<string, string>> = {}) {
  const found = service.findResources('AWS::Lambda::Function', { Properties: { Handler: `${name}.handler` } });
  const [lambda] = Object.values(found) as { Properties: { Environment: { Variables: Record<string, unknown> } } }[];
  const variables = Object.entries(lambda?.Properties.Environment.Variables ?? {}).map(
    ([variable, value]) => [variable, typeof value === 'string' ? value : made[variable]] as const,
  );
  const environment = { AWS_REGION: 'eu-central-1', ...Object.fromEntries(variables), ...own };
  const revealed = await withSecrets(environment, async (arn) => secrets[arn] ?? '');
  // A function that does not dial is not given the URL.
  const { POSTERN_SMARTHOST_URL = 'smtp://smarthost.invalid' } = revealed;
  const url = revealed['POSTERN_ROUTE'] === 'smarthost' ? { POSTERN_SMARTHOST_URL } : {};
  return readConfig({ ...revealed, ...url }, 'aws');
}

const reference = '(a reference)';

/** The output as it stands in the template: JSON in pieces, with references in between. */
function printedVariables({ service }: Synthesis): Readonly<Record<string, string>> {
  const { Value } = service.findOutputs('PollerVariables')['PollerVariables'] as {
    readonly Value: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  };
  const pieces = Value['Fn::Join'][1].map((piece) => (typeof piece === 'string' ? piece : reference));
  return JSON.parse(pieces.join('')) as Readonly<Record<string, string>>;
}

describe('the variables that the stacks set', () => {
  it.each(['submit', 'deliver', 'sweep', 'notify'])('are what %s starts with', async (name) => {
    const { aws, route } = await configOf(sandbox, name);
    expect(route).toEqual({ kind: 'sandbox' });
    expect(aws).toMatchObject({ table: made['POSTERN_TABLE'], queueUrl: made['POSTERN_QUEUE_URL'], endpoint: null });
    expect(aws.masterKey).toEqual(Buffer.alloc(32, 0xab));
  });

  it('are what bury starts with, beside a master key of its own making', async () => {
    const { aws, route } = await configOf(sandbox, 'bury', { POSTERN_MASTER_KEY: 'ab'.repeat(32) });
    expect(route).toEqual({ kind: 'sandbox' });
    expect(aws).toMatchObject({ table: made['POSTERN_TABLE'], bucket: made['POSTERN_BUCKET'] });
  });

  it('are printed for a poller, which starts with them as they are', async () => {
    const poller = await synthesize({ route: 'mx', egress: 'poller', mailHostname: 'out.example.com' });
    const environment = Object.entries(printedVariables(poller)).map(([name, value]) =>
      value.includes(reference) ? [name, made[name]] : [name, value],
    );
    const settings = await withSecrets(Object.fromEntries(environment), async (arn) => secrets[arn] ?? '');
    expect(readConfig(settings, 'aws')).toMatchObject({
      route: { kind: 'mx', port: 25 },
      hostname: 'out.example.com',
      connectionsPerHost: 20,
      aws: { region: made['AWS_REGION'], queueUrl: made['POSTERN_QUEUE_URL'] },
    });
  });

  it('let submit refuse unverified senders, unless they are told otherwise', async () => {
    const route = { route: 'smarthost', smarthostSecretArn };
    const deployments = [smarthost, sandbox, await synthesize({ ...route, unverifiedSenders: 'allow' })];
    const configs = await Promise.all(deployments.map((deployment) => configOf(deployment, 'submit')));
    expect(configs.map(({ unverifiedSenders }) => unverifiedSenders)).toEqual(['refuse', 'allow', 'allow']);
  });

  it('let deliver count and sweep report, where somebody is named as the sender of reports about TLS', async () => {
    const reporting = await synthesize({ route: 'smarthost', smarthostSecretArn, tlsReportFrom: 'tls@example.com' });
    for (const name of ['deliver', 'sweep']) {
      expect((await configOf(smarthost, name)).tlsReportFrom).toBe(null);
      expect((await configOf(reporting, name)).tlsReportFrom).toEqual({ local: 'tls', domain: 'example.com' });
    }
  });

  it('let every function that commits what becomes of mail log it, where that is asked for', async () => {
    const logging = await synthesize({ deliveryLog: 'stdout', inboundDomain: 'back.example.com' });
    for (const name of ['submit', 'deliver', 'sweep', 'bury', 'intake']) {
      const own = name === 'bury' ? { POSTERN_MASTER_KEY: 'ab'.repeat(32) } : {};
      expect((await configOf(logging, name, own)).deliveryLog).toEqual({ kind: 'stdout' });
    }
    expect((await configOf(sandbox, 'deliver')).deliveryLog).toEqual({ kind: 'off' });
  });

  it('let every function keep what is owed to what gets every event', async () => {
    const [eventBus, eventTopic] = [
      'arn:aws:events:eu-central-1:123456789012:event-bus/mail',
      'arn:aws:sns:eu-central-1:123456789012:mail',
    ];
    const telling = await synthesize({ eventBus, eventTopic, inboundDomain: 'back.example.com' });
    for (const name of ['submit', 'deliver', 'sweep', 'bury', 'intake', 'notify']) {
      const own = name === 'bury' ? { POSTERN_MASTER_KEY: 'ab'.repeat(32) } : {};
      expect((await configOf(telling, name, own)).aws).toMatchObject({ eventBus, eventTopic });
      expect((await configOf(sandbox, name === 'intake' ? 'submit' : name, own)).aws).toMatchObject({
        eventBus: null,
        eventTopic: null,
      });
    }
  });

  it('tell submit where readers of mail reach it: at what was said, or at the domain of the API', async () => {
    const domain = {
      apiDomain: 'api.example.com',
      apiCertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7d',
    };
    const deployments = [
      sandbox,
      await synthesize(domain),
      await synthesize({ ...domain, publicUrl: 'https://mail.example.com/p/' }),
    ];
    const configs = await Promise.all(deployments.map((deployment) => configOf(deployment, 'submit')));
    const urls = configs.map(({ publicUrl }) => publicUrl);
    expect(urls).toEqual([null, 'https://api.example.com', 'https://mail.example.com/p']);
  });

  it('let jobs name their project where the queue is to be fair', async () => {
    const fair = await synthesize({ fairQueue: 'true' });
    for (const name of ['submit', 'sweep']) {
      expect((await configOf(sandbox, name)).aws.fairQueue).toBe(false);
      expect((await configOf(fair, name)).aws.fairQueue).toBe(true);
    }
  });

  it('hand on what is set of the product, to every function and to a poller', async () => {
    const shaping = '{"google":{"rate":"600/m"}}';
    const given = { POSTERN_SHAPING: shaping, POSTERN_MAX_AGE: '2d', POSTERN_CONNECTIONS_PER_HOST: 7 };
    const told = await synthesize(given);
    for (const name of ['submit', 'deliver', 'sweep', 'notify']) {
      const config = await configOf(told, name);
      expect(config).toMatchObject({ shaping, maxAgeMs: 2 * 86_400_000, connectionsPerHost: 7 });
    }
    const poller = await synthesize({ route: 'mx', egress: 'poller', mailHostname: 'out.example.com', ...given });
    expect(printedVariables(poller)).toMatchObject({ POSTERN_SHAPING: shaping, POSTERN_CONNECTIONS_PER_HOST: '7' });
  });

  it('name the domain that mail comes back to, where there is one', async () => {
    const receiving = await synthesize({ inboundDomain: 'back.example.com' });
    for (const name of ['submit', 'deliver', 'sweep', 'intake']) {
      const { returnPath } = await configOf(receiving, name);
      expect([name, returnPath]).toEqual([name, { domain: 'back.example.com', secrets: [] }]);
    }
    expect((await configOf(sandbox, 'deliver')).returnPath).toBeNull();
  });

  it('give the smarthost and its name to deliver', async () => {
    const { hostname, route } = await configOf(smarthost, 'deliver');
    expect([hostname, route]).toMatchObject([
      'out.example.com',
      { kind: 'smarthost', smarthost: { host: 'relay.example' } },
    ]);
  });
});
