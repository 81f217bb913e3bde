import type { Draft } from '../core/draft.ts';
import { limits } from '../core/limits.ts';
import { fieldsOfDraft, pointerOf, problemOfHeader, unsubscribeFields } from './header-fields.ts';

/** Room for Message-ID, Date and the MIME fields, which the composer adds. */
const ownFieldOctets = 1024;

/** What stands in the way of composing a draft, with the JSON pointer of the part to blame. */
export type DraftProblem = { readonly pointer: string; readonly why: string };

/**
 * Whether a draft can be written as RFC 5322 bytes: `null`, or the first thing that cannot. Subjects, names and free text
 * always can, whatever they hold; a structured field with a word too long for a line cannot, nor can a header section above
 * `limits.headerOctets`. Pure; ask it before accepting.
 */
export function problemOfDraft(draft: Draft): DraftProblem | null {
  for (const header of draft.headers) {
    const why = problemOfHeader(header);
    if (why !== null) return { pointer: pointerOf(header.name), why };
  }
  for (const field of unsubscribeFields(draft)) {
    const why = problemOfHeader(field);
    if (why !== null) return { pointer: '/list_unsubscribe', why };
  }
  const sizes = fieldsOfDraft(draft).map(({ pointer, text }) => ({ pointer, octets: Buffer.byteLength(text) + 2 }));
  const total = sizes.reduce((sum, { octets }) => sum + octets, ownFieldOctets);
  if (total <= limits.headerOctets) return null;
  const largest = sizes.reduce((most, field) => (field.octets > most.octets ? field : most));
  return {
    pointer: largest.pointer,
    why: `All header fields together come to ${total} octets; at most ${limits.headerOctets} are accepted.`,
  };
}
