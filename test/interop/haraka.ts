import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { startDaemon } from './daemon.ts';

/** `install.sh` has put it there. */
const installed = '/opt/postern-interop/haraka/node_modules/Haraka';
const certificates = path.resolve(import.meta.dirname, '../support/certificates');

// Refuses by local part, and stores what it takes with its lines as they came.
const plugin = `
const fs = require('node:fs');
const answers = { nobody: [DENY, 'No such mailbox'], later: [DENYSOFT, 'Come back later'] };
exports.hook_rcpt = (next, connection, [recipient]) => {
  const answer = answers[recipient.user];
  return answer ? next(...answer) : next(OK);
};
exports.hook_data_post = (next, connection) =>
  connection.transaction.rcpt_to.some(({ user }) => user === 'spam') ? next(DENY, 'This is spam') : next();
exports.hook_queue = (next, connection) => {
  const { message_stream, uuid, rcpt_to } = connection.transaction;
  const file = process.env.HARAKA_INBOX + '/' + uuid;
  const writing = fs.createWriteStream(file + '.part');
  writing.once('close', () => {
    fs.writeFileSync(file + '.to', rcpt_to.map(({ user }) => user).join(' '));
    fs.renameSync(file + '.part', file);
    next(OK);
  });
  message_stream.pipe(writing, { line_endings: '\\r\\n' });
};
`;

export type Haraka = {
  log(): string;
  /** The messages it took, with the trace field that it puts before each. */
  mailbox(): readonly string[];
  stop(): Promise<void>;
};

/** A private Haraka at an address of 127.0.0.0/8 that offers STARTTLS, and has its own mind about some local parts. */
export async function startHaraka(host: string, port: number): Promise<Haraka> {
  const home = await mkdtemp(path.join(tmpdir(), 'postern-haraka-'));
  const inbox = path.join(home, 'inbox');
  const config = path.join(home, 'config');
  await Promise.all(['inbox', 'config', 'plugins'].map((folder) => mkdir(path.join(home, folder))));
  await Promise.all([
    writeFile(path.join(config, 'smtp.ini'), `listen=${host}:${port}\nnodes=0\n`),
    ...['connection.ini', 'log.ini'].map((name) =>
      copyFile(path.join(installed, 'config', name), path.join(config, name)),
    ),
    writeFile(path.join(config, 'me'), 'haraka.test\n'),
    writeFile(path.join(config, 'plugins'), 'tls\nmailbox\n'),
    writeFile(path.join(config, 'tls.ini'), '[main]\n'),
    copyFile(path.join(certificates, 'trusted.key'), path.join(config, 'tls_key.pem')),
    copyFile(path.join(certificates, 'trusted.pem'), path.join(config, 'tls_cert.pem')),
    writeFile(path.join(home, 'plugins', 'mailbox.js'), plugin),
  ]);
  const environment = { ...process.env, HARAKA_INBOX: inbox };
  const daemon = await startDaemon(
    process.execPath,
    [path.join(installed, 'bin', 'haraka'), '-c', home],
    { host, port },
    environment,
  );
  return {
    log: () => daemon.output(),
    mailbox: () =>
      (existsSync(inbox) ? readdirSync(inbox) : [])
        .filter((name) => !name.endsWith('.to') && !name.endsWith('.part'))
        .map((name) => readFileSync(path.join(inbox, name), 'latin1')),
    async stop() {
      await daemon.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
