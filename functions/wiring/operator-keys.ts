import type { Config } from '../config.ts';
import { readDkimKeys } from '../mime/dkim-key-files.ts';
import { createKeyRing, type DkimKeyRing } from '../mime/dkim-key-ring.ts';
import { type DkimKeysResult, parseDkimKeys } from '../mime/dkim-keys.ts';

/** The configured keys. Throws an Error of one sentence for a key that cannot be used. */
export function wireOperatorKeys({ dkim }: Pick<Config, 'dkim'>): DkimKeyRing {
  const read = readKeys(dkim);
  if (!read.ok) throw new Error(`POSTERN_DKIM_KEYS: ${read.why}`);
  return createKeyRing(read.keys);
}

function readKeys(dkim: Config['dkim']): DkimKeysResult {
  switch (dkim.kind) {
    case 'none':
      return { ok: true, keys: [] };
    case 'directory':
      return readDkimKeys(dkim.path);
    case 'keys':
      return parseDkimKeys(dkim.keys.map((key, index) => ({ source: `Entry ${index}`, ...key })));
  }
}
