import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';

import type { Config } from '../config.ts';
import { tlsContext } from '../smtp/tls-upgrade.ts';

/** The certificates of POSTERN_TLS_CA_FILE. Throws an Error of one sentence for a file that cannot be read. */
export function readTrustedCas({ tlsCaFile }: Pick<Config, 'tlsCaFile'>): readonly string[] {
  if (tlsCaFile === null) return [];
  try {
    return [readFileSync(tlsCaFile, 'utf8')];
  } catch (error) {
    throw new Error(`POSTERN_TLS_CA_FILE is ${JSON.stringify(tlsCaFile)}, which cannot be read: ${String(error)}.`, {
      cause: error,
    });
  }
}

/** Whom HTTPS connections trust; made at the first use, for parsing all authorities takes a moment. */
export function wireTrust(config: Pick<Config, 'tlsCaFile'>): () => SecureContext {
  const trustedCas = readTrustedCas(config);
  let context: SecureContext | null = null;
  return () => (context ??= tlsContext(trustedCas));
}
