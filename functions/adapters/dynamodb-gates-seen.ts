import { type Gate, isGateOpen } from './dynamodb-gates.ts';
import type { DynamodbTable } from './dynamodb-table.ts';

const mostRemembered = 2_000;
const seenBy = new WeakMap<DynamodbTable, Map<string, Promise<boolean>>>();

/**
 * Whether a gate has been opened, for a worker, who asks again when it was not: the deliveries of one request come together,
 * and read their gate once for all of them. That it is open is remembered, for it stays so; that it is shut is not, but may be
 * what somebody else has read a moment before.
 */
export async function isGateSeenOpen(table: DynamodbTable, gate: Gate): Promise<boolean> {
  const seen = seenBy.get(table) ?? new Map<string, Promise<boolean>>();
  seenBy.set(table, seen);
  const name = `${gate.pk} ${gate.opensFor}`;
  const looking = seen.get(name) ?? isGateOpen(table, gate);
  if (seen.size >= mostRemembered) seen.clear();
  seen.set(name, looking);
  const forget = (): void => {
    if (seen.get(name) === looking) seen.delete(name);
  };
  try {
    const open = await looking;
    if (!open) forget();
    return open;
  } catch (error) {
    forget();
    throw error;
  }
}
