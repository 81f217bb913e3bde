import { derivedKey } from '../adapters/derived-key.ts';
import type { Config } from '../config.ts';
import type { UnsubscribeTokens } from '../core/ports/unsubscribe-tokens.ts';
import type { UnsubscribeUrl } from '../core/prepare.ts';
import { createUnsubscribeTokens } from '../http/unsubscribing/unsubscribe-token.ts';

/**
 * Links for unsubscribing under keys of their own from the master key. Without a public address none can be made; those that are
 * on their way are good all the same.
 */
export function wireUnsubscribeLinks(
  { publicUrl }: Pick<Config, 'publicUrl'>,
  masterKey: Uint8Array,
): { readonly unsubscribeTokens: UnsubscribeTokens; readonly unsubscribeUrl: UnsubscribeUrl | null } {
  const unsubscribeTokens = createUnsubscribeTokens({
    tagKey: derivedKey(masterKey, 'unsubscribe tag'),
    cipherKey: derivedKey(masterKey, 'unsubscribe cipher'),
  });
  const unsubscribeUrl =
    publicUrl === null
      ? null
      : (bearer: Parameters<UnsubscribeUrl>[0]) => `${publicUrl}/u/${unsubscribeTokens.tokenFor(bearer)}`;
  return { unsubscribeTokens, unsubscribeUrl };
}
