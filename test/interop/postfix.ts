import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { freePort, listening } from './listening.ts';

const run = promisify(execFile);

export type Postfix = { readonly port: number; log(): string; stop(): Promise<void> };

// The services of a plain installation, none of them in a chroot, plus one smtpd on our own port.
const services = `
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
local unix - n n - - local
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`;

// What answers at the port: the server itself, or postscreen, which looks at a client before it may come near the server.
const entries = {
  smtpd: (port: number) => `127.0.0.1:${port} inet n - n - - smtpd`,
  postscreen: (port: number) => `127.0.0.1:${port} inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd`,
} as const;

/**
 * A private Postfix on a free high port of 127.0.0.1, with its own queue and configuration in a temporary folder.
 * `settings` are lines of main.cf on top of a relay that hands everything to `nextHop` (a port of 127.0.0.1), `sasl` those
 * of Cyrus SASL's smtpd.conf, which Debian's Postfix looks for beside main.cf; `entry` is what answers at the port.
 */
export async function startPostfix(
  nextHop: number,
  settings: Readonly<Record<string, string>> = {},
  sasl: readonly string[] = [],
  entry: keyof typeof entries = 'smtpd',
): Promise<Postfix> {
  const home = await mkdtemp(path.join(tmpdir(), 'postern-postfix-'));
  const config = path.join(home, 'config');
  const logFile = path.join(home, 'mail.log');
  const port = await freePort();
  await chmod(home, 0o755);
  await mkdir(path.join(config, 'sasl'), { recursive: true });
  await writeFile(path.join(config, 'sasl', 'smtpd.conf'), sasl.map((line) => `${line}\n`).join(''));
  await Promise.all(['queue', 'state'].map((folder) => mkdir(path.join(home, folder))));
  await run('chown', ['postfix', path.join(home, 'state')]);
  const main = {
    compatibility_level: '3.6',
    queue_directory: path.join(home, 'queue'),
    data_directory: path.join(home, 'state'),
    daemon_directory: '/usr/lib/postfix/sbin',
    command_directory: '/usr/sbin',
    maillog_file: logFile,
    maillog_file_prefixes: home,
    myhostname: 'relay.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    smtpd_peername_lookup: 'no',
    disable_dns_lookups: 'yes',
    relayhost: `[127.0.0.1]:${nextHop}`,
    ...settings,
  };
  await writeFile(
    path.join(config, 'main.cf'),
    Object.entries(main)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  await writeFile(path.join(config, 'master.cf'), entries[entry](port) + services);
  const child = spawn('/usr/sbin/postfix', ['-c', config, 'start-fg'], { stdio: 'ignore' });
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  await listening(port, log);
  return {
    port,
    log,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await run('/usr/sbin/postfix', ['-c', config, 'stop']).catch(() => child.kill('SIGTERM'));
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}
