import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { listening } from './listening.ts';
import { temporaryFolder } from './scene.ts';

export type SmtpSink = {
  /** What it took, each message with the fields that smtp-sink puts before it (`sunkBytes` takes them off). */
  dumped(): readonly string[];
  stop(): Promise<void>;
};

// Its Received field and the X- fields that smtp-sink writes before every message.
const preamble = /^X-Client-Addr: [^]*?\r\nReceived: [^\r]*\r\n\t[^\r]*\r\n\t[^\r]*\r\n/;

/** Postfix's smtp-sink with these switches, on one address of 127.0.0.0/8. */
export async function startSmtpSink(host: string, port: number, switches: readonly string[] = []): Promise<SmtpSink> {
  const { folder, dispose } = temporaryFolder();
  chmodSync(folder, 0o777);
  const args = ['-u', 'postfix', '-d', `${folder}/%M.`, ...switches, `${host}:${port}`, '100'];
  const child = spawn('/usr/sbin/smtp-sink', args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await listening(port, () => 'smtp-sink', host);
  return {
    dumped: () =>
      (existsSync(folder) ? readdirSync(folder) : []).map((name) =>
        readFileSync(path.join(folder, name), 'latin1').replaceAll('\n', '\r\n'),
      ),
    async stop() {
      child.kill();
      await ended;
      dispose();
    },
  };
}

/** The message that smtp-sink has dumped, as it was on the wire. */
export function sunkBytes(dumped: string): Buffer {
  return Buffer.from(dumped.replace(preamble, '').replace(/\r\n$/, ''), 'latin1');
}
