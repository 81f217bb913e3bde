import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parseDkimKeys, parseDkimKeysJson, type DkimKeysResult, type DkimKeyText } from './dkim-keys.ts';

const separator = '._domainkey.';
const extension = '.pem';

/**
 * Reads the value of POSTERN_DKIM_KEYS: JSON when it begins with `[`, else a directory. In the directory every file that
 * ends in `.pem` holds one private key and is named after the DNS name of its public half,
 * `<selector>._domainkey.<domain>.pem`; other files are not looked at. Meant for the start of a process: it reads at once.
 */
export function readDkimKeys(value: string): DkimKeysResult {
  return value.trimStart().startsWith('[') ? parseDkimKeysJson(value) : readDirectory(value);
}

function readDirectory(directory: string): DkimKeysResult {
  const texts: DkimKeyText[] = [];
  try {
    for (const file of readdirSync(directory)
      .filter((name) => name.endsWith(extension))
      .toSorted()) {
      const name = file.slice(0, -extension.length);
      const at = name.indexOf(separator);
      if (at === -1) return refused(`The file ${file} is not named <selector>._domainkey.<domain>.pem.`);
      const key = readFileSync(path.join(directory, file), 'utf8');
      texts.push({
        source: `The file ${file}`,
        selector: name.slice(0, at),
        domain: name.slice(at + separator.length),
        key,
      });
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return refused(
      `The directory ${directory} or a file in it cannot be read (${code}); a JSON array is accepted too.`,
    );
  }
  if (texts.length === 0) {
    return refused(`The directory ${directory} holds no file named <selector>._domainkey.<domain>.pem.`);
  }
  return parseDkimKeys(texts);
}

function refused(why: string): DkimKeysResult {
  return { ok: false, why };
}
