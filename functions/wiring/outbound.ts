import type { Config } from '../config.ts';
import type { PrepareOutbound } from '../core/ports/outbound.ts';
import { readDkimKeys } from '../mime/dkim-key-files.ts';
import { createKeyRing } from '../mime/dkim-key-ring.ts';
import { type DkimKeysResult, parseDkimKeys } from '../mime/dkim-keys.ts';
import { createOutbound } from '../mime/outbound.ts';

/** Signing with the configured keys. Throws an Error of one sentence for a key that cannot be used. */
export function wireOutbound({ dkim }: Pick<Config, 'dkim'>): PrepareOutbound {
  const read = readKeys(dkim);
  if (!read.ok) throw new Error(`POSTERN_DKIM_KEYS: ${read.why}`);
  return createOutbound({ keys: createKeyRing(read.keys) });
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
