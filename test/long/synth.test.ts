import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';

const root = path.resolve(import.meta.dirname, '../..');
const temporary = temporaryDirectory();
afterAll(() => temporary.dispose());

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-AbCdEf';
const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7d';
const mx = ['route=mx', 'mailHostname=out.example.com'];
const deployments: Readonly<Record<string, readonly string[]>> = {
  'the sandbox': [],
  production: ['stage=prod', 'alarmEmail=ops@example.com'],
  'a function URL': ['front=function-url'],
  'a domain': ['apiDomain=api.example.com', `apiCertificateArn=${certificate}`],
  'a smarthost': ['route=smarthost', `smarthostSecretArn=${secret}`],
  'a NAT gateway': [...mx, 'egress=nat-gateway'],
  'a NAT instance': [...mx, 'egress=nat-instance'],
  'a poller': [...mx, 'egress=poller'],
};

// The machine's own Node first on the path, no credentials, no region, and a home with nothing in it.
function cdk(folder: string, ...words: string[]) {
  const local = path.join('node_modules', '.bin');
  const own = (process.env['PATH'] ?? '').split(path.delimiter).filter((one) => !one.includes(local));
  return spawnSync('npx', ['cdk', ...words, '--no-notices', '--output', folder], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: own.join(path.delimiter), HOME: temporary.directory, CDK_DISABLE_CLI_TELEMETRY: 'true', CI: '1' },
  });
}

describe('npx cdk synth', () => {
  // At most 15 seconds each on two idle cores; not asserted, for who else is busy there is not known.
  it.each(Object.entries(deployments))(
    'makes the templates of %s offline, and prints how long that took',
    (name, settings) => {
      const folder = path.join(temporary.directory, name.replaceAll(' ', '-'));
      const startedAt = performance.now();
      const { status, stderr } = cdk(folder, 'synth', '--quiet', ...settings.flatMap((setting) => ['-c', setting]));
      process.stdout.write(`synth of ${name}: ${Math.round(performance.now() - startedAt)} ms\n`);
      expect([status, stderr.includes('[Error')]).toEqual([0, false]);
      const stage = settings.includes('stage=prod') ? 'prod' : 'dev';
      for (const stack of [`postern-${stage}-state`, `postern-${stage}`]) {
        expect(existsSync(path.join(folder, `${stack}.template.json`))).toBe(true);
      }
    },
  );

  it('says in one sentence what is missing', () => {
    const { status, stderr } = cdk(path.join(temporary.directory, 'missing'), 'synth', '-c', 'route=smarthost');
    expect(status).toBe(1);
    expect(stderr.split('\n')[0]).toBe(
      'the route is smarthost, but smarthostSecretArn is not given: it has to be the ARN of a secret with its URL.',
    );
  });
});
