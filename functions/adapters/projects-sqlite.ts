import type { ProjectId } from '../core/ids.ts';
import type { Projects, ProjectSettings } from '../core/ports/projects.ts';
import type { SqliteStore } from './sqlite-store.ts';

const undecided: ProjectSettings = { unverifiedSenders: null };

/** Settings of projects on the embedded store. Those asked for stay in memory: this process alone changes them. */
export function createSqliteProjects(store: SqliteStore): Projects {
  const known = new Map<ProjectId, ProjectSettings>();
  return {
    async settings(projectId) {
      const settings = known.get(projectId) ?? read(store, projectId);
      known.set(projectId, settings);
      return settings;
    },
    update: (projectId, settings) =>
      store.write(() => {
        // Before the commit, in the same turn: nobody can read in between.
        known.delete(projectId);
        store
          .statement('INSERT OR REPLACE INTO project (id, record) VALUES (?, ?)')
          .run(projectId, JSON.stringify(settings));
      }),
  };
}

function read(store: SqliteStore, projectId: ProjectId): ProjectSettings {
  const row = store.statement('SELECT record FROM project WHERE id = ?').get(projectId) as
    | { record: string }
    | undefined;
  return row === undefined ? undecided : { ...undecided, ...(JSON.parse(row.record) as Partial<ProjectSettings>) };
}
