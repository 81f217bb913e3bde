import type { ProjectId } from '../core/ids.ts';
import type { Projects, ProjectSettings } from '../core/ports/projects.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { remember } from './dynamodb-remember.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

const undecided: ProjectSettings = { unverifiedSenders: null };

/** Settings of projects in DynamoDB. A change reaches the other processes within half a minute. */
export function createDynamodbProjects(table: DynamodbTable): Projects {
  const settings = remember(table.clock, async (projectId: ProjectId): Promise<ProjectSettings> => {
    const item = await readItem(table, itemKey(projectId));
    return item === null ? undecided : { ...undecided, ...(JSON.parse(textOf(item, 'j')) as Partial<ProjectSettings>) };
  });
  return {
    settings: settings.read,
    async update(projectId, next) {
      try {
        await write(table, {
          kind: 'put',
          input: { Item: { ...itemKey(projectId), j: { S: JSON.stringify(next) } } },
        });
      } finally {
        // One that was not answered may have been made.
        settings.forget();
      }
    },
  };
}

function itemKey(projectId: ProjectId): Item {
  return keyOf(`project#${projectId}`);
}
