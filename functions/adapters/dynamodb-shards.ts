import type { DeliveryId, EmailId, ProjectId } from '../core/ids.ts';
import { shardOf } from './dynamodb-shard-of.ts';

/** A partition takes 1,000 write units a second, and a mail is three of them: eight carry 2,600 emails a second of one project. */
const mailShardCount = 8;
/** Eight carry 8,000 deferrals a second, and are eight small reads a sweep. */
const dueShardCount = 8;

/** The partitions of the due index. */
export const dueShards: readonly string[] = Array.from({ length: dueShardCount }, (_, shard) => `x${shard}`);

/** The partition of the due index that a delivery has its place in. */
export function dueShardOf(id: DeliveryId): string {
  return `x${shardOf(id, dueShardCount)}`;
}

/** The partitions of the table that hold a project's emails, each in the order in which they were made. */
export function mailShards(projectId: ProjectId): readonly string[] {
  return Array.from({ length: mailShardCount }, (_, shard) => `${projectId}#${shard}`);
}

/** The partition of the table that an email has its place in. */
export function mailShardOf(projectId: ProjectId, id: EmailId): string {
  return `${projectId}#${shardOf(id, mailShardCount)}`;
}
