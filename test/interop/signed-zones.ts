import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { MadeCertificate } from '../support/certificate-maker.ts';
import { freePort, listening } from './listening.ts';

const run = promisify(execFile);

/** Records of a zone as in a zone file, without its SOA and NS. */
export type Zone = {
  readonly name: string;
  readonly records: readonly string[];
  /** `bogus`: signed, but the resolver trusts another key. */
  readonly kind: 'signed' | 'unsigned' | 'bogus';
};

export type SignedZones = {
  /** For POSTERN_DNS, over UDP and over HTTPS. */
  readonly udp: string;
  readonly https: string;
  log(): string;
  stop(): Promise<void>;
};

/**
 * Knot as the name server of some zones, which it signs, and Unbound in front of it as a validating resolver, on free ports of
 * loopback. The certificate is that of the resolver for `localhost`.
 */
export async function startSignedZones(zones: readonly Zone[], certificate: MadeCertificate): Promise<SignedZones> {
  const home = await mkdtemp(path.join(tmpdir(), 'postern-zones-'));
  await chmod(home, 0o755);
  const [knotPort, udpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  const children: ChildProcess[] = [];
  let output = '';
  const start = (program: string, ...args: string[]): void => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    children.push(child);
  };
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(path.join(home, name), text);
    return path.join(home, name);
  };

  for (const { name, records } of zones) await file(`${name}.zone`, zoneFile(name, records));
  const knot = await file('knot.conf', knotConfig(home, knotPort, zones));
  start('/usr/sbin/knotd', '-c', knot);
  await listening(knotPort, () => output).catch(() => undefined);
  const anchors = [];
  for (const { name, kind } of zones) {
    if (kind === 'signed') anchors.push(await delegationSigner(knot, name));
    if (kind === 'bogus') anchors.push(`${name}. DS 1 13 2 ${'0'.repeat(64)}`);
  }
  const [pem, key] = [await file('resolver.pem', certificate.pem), await file('resolver.key', certificate.keyPem)];
  const ports = { knotPort, udpPort, httpsPort };
  start(
    '/usr/sbin/unbound',
    '-d',
    '-p',
    '-c',
    await file('unbound.conf', unboundConfig(home, ports, zones, anchors, { pem, key })),
  );
  await listening(udpPort, () => output);
  return {
    udp: `udp://127.0.0.1:${udpPort}`,
    https: `https://localhost:${httpsPort}/dns-query`,
    log: () => output,
    stop: async () => {
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(ended);
      await rm(home, { recursive: true, force: true });
    },
  };
}

function zoneFile(name: string, records: readonly string[]): string {
  const soa = `@ SOA ns.${name}. hostmaster.${name}. 1 3600 600 86400 60`;
  return [`$ORIGIN ${name}.`, '$TTL 60', soa, `@ NS ns.${name}.`, 'ns A 127.0.0.1', ...records, ''].join('\n');
}

function knotConfig(home: string, port: number, zones: readonly Zone[]): string {
  const entries = zones.map(({ name, kind }) =>
    kind === 'unsigned'
      ? `  - domain: ${name}\n`
      : `  - domain: ${name}\n    dnssec-signing: on\n    dnssec-policy: single\n`,
  );
  return `server:
    rundir: "${home}"
    listen: 127.0.0.1@${port}
log:
  - target: stderr
    any: warning
database:
    storage: "${home}"
policy:
  - id: single
    algorithm: ecdsap256sha256
    single-type-signing: on
template:
  - id: default
    storage: "${home}"
    file: "%s.zone"
    zonefile-sync: -1
zone:
${entries.join('')}`;
}

// The key is there once the zone is signed, a moment after the start.
async function delegationSigner(config: string, zone: string): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const { stdout } = await run('/usr/sbin/keymgr', ['-c', config, zone, 'ds']).catch(() => ({ stdout: '' }));
    const line = stdout.split('\n').find((one) => / DS \d+ \d+ 2 /.test(one));
    if (line !== undefined) return line.trim();
    await sleep(100);
  }
  throw new Error(`Knot has no key for ${zone}.`);
}

function unboundConfig(
  home: string,
  { knotPort, udpPort, httpsPort }: { knotPort: number; udpPort: number; httpsPort: number },
  zones: readonly Zone[],
  anchors: readonly string[],
  { pem, key }: { readonly pem: string; readonly key: string },
): string {
  const stubs = zones.map(({ name }) => `stub-zone:\n  name: "${name}"\n  stub-addr: 127.0.0.1@${knotPort}\n`);
  return `server:
  interface: 127.0.0.1@${udpPort}
  interface: 127.0.0.1@${httpsPort}
  https-port: ${httpsPort}
  http-endpoint: "/dns-query"
  tls-service-pem: "${pem}"
  tls-service-key: "${key}"
  username: ""
  chroot: ""
  directory: "${home}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: "validator iterator"
  val-log-level: 1
${anchors.map((anchor) => `  trust-anchor: "${anchor}"\n`).join('')}${stubs.join('')}remote-control:
  control-enable: no
`;
}
