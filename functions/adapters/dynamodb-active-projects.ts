import type { ProjectId } from '../core/ids.ts';
import { queryItems, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, textOf } from './dynamodb-table.ts';

const dayMs = 86_400_000;
/** Long after the watch has passed, and until nothing comes back any more: 30 days ahead, 30 of lifetime, 30 of a return path. */
const keptDays = 100;

/**
 * Which projects made emails on a day (in UTC): where the watch has to look, and whose an email may be. Each process writes it once a day and project,
 * before the first row of the day.
 */
export function createActiveProjects(table: DynamodbTable): {
  note(projectId: ProjectId, createdAt: number): Promise<void>;
} {
  const noted = new Map<string, Promise<void>>();
  return {
    async note(projectId, createdAt) {
      const day = dayOf(createdAt);
      const name = `${day} ${projectId}`;
      const noting = noted.get(name) ?? put(table, day, projectId);
      noted.set(name, noting);
      try {
        await noting;
      } catch (error) {
        noted.delete(name);
        throw error;
      }
    },
  };
}

/** The projects that may have made emails between two times. */
export async function activeProjects(table: DynamodbTable, from: number, to: number): Promise<readonly ProjectId[]> {
  const projects = new Set<string>();
  for (let day = dayOf(from); day <= dayOf(to); day++) {
    const items = await queryItems(table, {
      KeyConditionExpression: 'pk = :day',
      ExpressionAttributeValues: { ':day': { S: pkOf(day) } },
    });
    for (const item of items) projects.add(textOf(item, 'sk'));
  }
  return [...projects] as ProjectId[];
}

async function put(table: DynamodbTable, day: number, projectId: ProjectId): Promise<void> {
  const expiresAt = ((day + keptDays) * dayMs) / 1_000;
  await write(table, { kind: 'put', input: { Item: { ...keyOf(pkOf(day), projectId), z: { N: String(expiresAt) } } } });
}

function dayOf(time: number): number {
  return Math.floor(time / dayMs);
}

function pkOf(day: number): string {
  return `day#${day}`;
}
