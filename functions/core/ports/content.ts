import type { EmailId } from '../ids.ts';

/** The RFC 5322 bytes of one message, readable any number of times in pieces, so that a large one is never whole in memory. */
export type Content = {
  readonly sizeBytes: number;
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
};

/** Keeps content that is not carried by the queue. */
export interface ContentStore {
  /** Durable when it resolves; writing the same id again replaces it. */
  put(id: EmailId, content: Uint8Array): Promise<void>;
  /** `null` when there is none (never put, or past its retention). */
  open(id: EmailId): Promise<Content | null>;
  /** Drops the content of emails created before `createdBefore` whose deliveries have all ended; answers how many. */
  purge(createdBefore: number): Promise<number>;
}
