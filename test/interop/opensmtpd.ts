import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { startDaemon, unpackedPrograms, type Daemon } from './daemon.ts';

const run = promisify(execFile);
const program = path.join(unpackedPrograms, 'smtpd');

/** Two addresses of 127.0.0.0/8 that one OpenSMTPD listens at. */
export type Listeners = { readonly plain: string; readonly tls: string; readonly port: number };

/** Whether this build can do TLS: 6.8, which Debian 12 has, fails in every handshake since OpenSSL 3 (OpenSMTPD #1171). */
export async function openSmtpdHasTls(): Promise<boolean> {
  const { stderr } = await run(program, ['-h']).catch((error: { stderr: string }) => error);
  return !/OpenSMTPD [1-6]\./.test(stderr);
}

/** A private OpenSMTPD that hands everything to `nextHop`, a port of 127.0.0.1. Its queue is at the compiled-in place. */
export async function startOpenSmtpd({ plain, tls, port }: Listeners, nextHop: number): Promise<Daemon> {
  const home = await mkdtemp(path.join(tmpdir(), 'postern-opensmtpd-'));
  const [certificate, key] = [path.join(home, 'certificate.pem'), path.join(home, 'key.pem')];
  const configuration = path.join(home, 'smtpd.conf');
  const subject = ['-subj', '/CN=mx.smtpd.test', '-days', '2'];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  await chmod(key, 0o600);
  const text = `
pki "mx.smtpd.test" cert "${certificate}"
pki "mx.smtpd.test" key "${key}"
table refused { "nobody@receiver.test" }
listen on ${plain} port ${port} hostname "mx.smtpd.test"
listen on ${tls} port ${port} tls pki "mx.smtpd.test" hostname "mx.smtpd.test"
action "onward" relay host "smtp://127.0.0.1:${nextHop}"
match from any for rcpt-to <refused> reject
match from any for any action "onward"
`;
  await writeFile(configuration, text);
  const args = ['-d', '-f', configuration, '-T', 'smtp'];
  const daemon = await startDaemon(program, args, { host: plain, port });
  return {
    output: () => daemon.output(),
    async stop() {
      await daemon.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
