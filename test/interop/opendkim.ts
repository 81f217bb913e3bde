import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { unpackedPrograms } from './daemon.ts';
import { temporaryFolder } from './scene.ts';

const run = promisify(execFile);

/**
 * What opendkim writes into `Authentication-Results` about each signature of the message, with its keys from `records`
 * (DNS name → TXT record) instead of DNS.
 */
export async function verifyByOpendkim(
  message: Buffer,
  records: Readonly<Record<string, string>>,
): Promise<{ algorithm: string; result: string }[]> {
  const { folder, dispose } = temporaryFolder();
  const file = (name: string): string => path.join(folder, name);
  const keys = Object.entries(records).map(([name, text]) => `${name.replace(/\.$/, '')} ${text}\n`);
  const configuration = [
    'Mode v',
    'Syslog no',
    'AlwaysAddARHeader yes',
    'AuthservID verifier.test',
    `TestPublicKeys ${file('keys')}`,
  ];
  await writeFile(file('keys'), keys.join(''));
  await writeFile(file('conf'), `${configuration.join('\n')}\n`);
  await writeFile(file('message'), message);
  const args = ['-x', file('conf'), '-t', file('message'), '-vv'];
  const { stdout } = await run(path.join(unpackedPrograms, 'opendkim'), args);
  dispose();
  return [...stdout.matchAll(/dkim=(\w+)[^;]*? header\.a=([\w-]+)/g)].map(([, result = '', algorithm = '']) => ({
    algorithm,
    result,
  }));
}
