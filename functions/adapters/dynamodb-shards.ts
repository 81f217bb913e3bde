import type { DeliveryId, EmailId, ProjectId } from '../core/ids.ts';

/** One partition of an index takes 1,000 writes a second; four carry 4,000 new emails a second of one project. */
const listShardCount = 4;
/** Eight carry 8,000 deferrals a second, and are eight small reads a sweep. */
const dueShardCount = 8;

/** The partitions of the due index. */
export const dueShards: readonly string[] = Array.from({ length: dueShardCount }, (_, shard) => `x${shard}`);

/** The partition of the due index that a delivery has its place in. */
export function dueShardOf(id: DeliveryId): string {
  return `x${shardOf(id, dueShardCount)}`;
}

/** The partitions of the listing index that hold a project's emails, each in the order in which they were made. */
export function listShards(projectId: ProjectId): readonly string[] {
  return Array.from({ length: listShardCount }, (_, shard) => `${projectId}#${shard}`);
}

/** The partition of the listing index that an email has its place in. */
export function listShardOf(projectId: ProjectId, id: EmailId): string {
  return `${projectId}#${shardOf(id, listShardCount)}`;
}

// The last characters of an id are random; a sum over all of it spreads the deliveries of one email as well.
function shardOf(id: string, count: number): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum += id.charCodeAt(at);
  return sum % count;
}
