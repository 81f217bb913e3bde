import { limits } from './limits.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { Idempotency } from './ports/idempotency.ts';
import type { Suppressions } from './ports/suppressions.ts';

/** Forgets what is past its retention: content of ended emails, kept answers, and suppressions that have expired. */
export async function housekeep(
  ports: {
    readonly contents: ContentStore;
    readonly idempotency: Idempotency;
    readonly suppressions: Pick<Suppressions, 'purge'>;
    readonly clock: Clock;
  },
  retainContentMs: number,
): Promise<void> {
  const now = ports.clock.now();
  await ports.contents.purge(now - retainContentMs);
  await ports.idempotency.purge(now - limits.idempotencyMs);
  await ports.suppressions.purge(now);
}
