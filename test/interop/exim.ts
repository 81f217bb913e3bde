import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { startDaemon, unpackedPrograms } from './daemon.ts';

const run = promisify(execFile);
const program = path.join(unpackedPrograms, 'exim4');
const certificates = path.resolve(import.meta.dirname, '../support/certificates');

export type Exim = {
  log(): string;
  /** The messages in its mailbox, as it stored them. It is told to add no field of its own. */
  mailbox(): readonly Buffer[];
  stop(): Promise<void>;
};

/**
 * A private Exim at an address of 127.0.0.0/8 that stores all mail in one mailbox, and offers STARTTLS, CHUNKING, PIPELINING
 * and PRDR. `acls` are sections of its access control by name, and `settings` lines that use them.
 */
export async function startExim(
  host: string,
  port: number,
  settings: readonly string[] = [],
  acls: Readonly<Record<string, string>> = {},
): Promise<Exim> {
  const home = await mkdtemp(path.join(tmpdir(), 'postern-exim-'));
  const inbox = path.join(home, 'inbox');
  const configuration = path.join(home, 'exim.conf');
  await Promise.all(['spool', 'log', 'inbox'].map((folder) => mkdir(path.join(home, folder))));
  await writeFile(configuration, configurationText(home, `${host}.${port}`, settings, acls));
  await run('chown', ['-R', 'Debian-exim', home]);
  // It takes a configuration from root alone.
  await run('chown', ['root:root', configuration]);
  await chmod(home, 0o755);
  const daemon = await startDaemon(program, ['-C', configuration, '-bdf'], { host, port });
  const mainLog = path.join(home, 'log', 'main');
  const mailFiles = (): string[] =>
    existsSync(inbox) ? readdirSync(path.join(inbox), { recursive: true, encoding: 'utf8' }) : [];
  return {
    log: () => (existsSync(mainLog) ? readFileSync(mainLog, 'utf8') : '') + daemon.output(),
    mailbox: () =>
      mailFiles()
        .filter((name) => name.startsWith('new/'))
        .map((name) => readFileSync(path.join(inbox, name))),
    async stop() {
      await daemon.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function configurationText(
  home: string,
  interfaceAndPort: string,
  settings: readonly string[],
  acls: Readonly<Record<string, string>>,
): string {
  return `
primary_hostname = exim.test
exim_path = ${program}
spool_directory = ${home}/spool
log_file_path = ${home}/log/%s
pid_file_path = ${home}/exim.pid
local_interfaces = ${interfaceAndPort}
log_selector = +pipelining +received_recipients +smtp_connection +smtp_incomplete_transaction +smtp_protocol_error +smtp_syntax_error +tls_cipher
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
received_header_text =
message_id_header_text =
tls_advertise_hosts = *
tls_certificate = ${certificates}/trusted.pem
tls_privatekey = ${certificates}/trusted.key
chunking_advertise_hosts = *
prdr_enable = true
${settings.join('\n')}
${settings.some((line) => line.startsWith('acl_smtp_rcpt')) ? '' : 'acl_smtp_rcpt = accept'}

begin acl
${Object.entries(acls)
  .map(([name, statements]) => `${name}:\n${statements}\n  accept\n`)
  .join('\n')}
begin routers
everybody:
  driver = accept
  transport = inbox

begin transports
inbox:
  driver = appendfile
  directory = ${home}/inbox
  maildir_format
  use_crlf
  user = Debian-exim
`;
}
