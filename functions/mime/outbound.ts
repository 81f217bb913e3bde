import type { Content } from '../core/ports/content.ts';
import type { PrepareOutbound } from '../core/ports/outbound.ts';
import type { SigningKeys } from './dkim-key-ring.ts';
import { dkimSigned } from './dkim-sign.ts';
import { toSevenBit } from './seven-bit.ts';

/**
 * x= of a signature: the longest lifetime an email may have (30 days), and a week for hosts behind the one we hand it to
 * (RFC 5321 §4.5.4.1 lets each keep it for 4 to 5 days).
 */
const signatureValidMs = 37 * 86_400_000;

/**
 * Makes stored content ready for the wire. `encode` signs anew at each call with the keys that are found for the email now;
 * without a key the content passes as it is. `7bit` reads the whole message into memory, which only 8-bit content
 * for a server without 8BITMIME needs. `facts` stay those of the stored content; the `sizeBytes` of what `encode` answers
 * counts the signatures and is exact.
 */
export function createOutbound({ signingKeys }: { readonly signingKeys: SigningKeys }): PrepareOutbound {
  return async (content, facts, from, now) => {
    const keys = await signingKeys(from);
    return {
      facts,
      async encode(form) {
        const ready = form === '7bit' && facts.eightBit ? await converted(content) : content;
        return keys.length === 0 ? ready : await dkimSigned(ready, keys, now, now + signatureValidMs);
      },
    };
  };
}

async function converted(content: Content): Promise<Content> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  const pieces = toSevenBit(Buffer.concat(chunks));
  return { sizeBytes: pieces.reduce((sum, piece) => sum + piece.length, 0), chunks: () => pieces };
}
