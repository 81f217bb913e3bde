import { derivedKey } from '../adapters/derived-key.ts';
import { createReturnPaths } from '../bounce/return-path.ts';
import type { Config } from '../config.ts';
import type { ReturnPaths } from '../core/ports/return-paths.ts';

const purpose = 'return path';

/** Return paths under the secrets that are set, or under a key of their own from the master key; `null` without a domain. */
export function wireReturnPaths({ returnPath }: Pick<Config, 'returnPath'>, masterKey: Uint8Array): ReturnPaths | null {
  if (returnPath === null) return null;
  const [first, ...others] = returnPath.secrets.map((secret) => derivedKey(Buffer.from(secret), purpose));
  return createReturnPaths(returnPath.domain, [first ?? derivedKey(masterKey, purpose), ...others]);
}
