import type { ProjectId } from '../ids.ts';

/** What a project has decided for itself; `null` leaves it to the deployment. */
export type ProjectSettings = { readonly unverifiedSenders: 'allow' | 'refuse' | null };

/** Settings of projects. A project that has decided nothing is not stored. */
export interface Projects {
  settings(projectId: ProjectId): Promise<ProjectSettings>;
  /** Durable when it resolves. */
  update(projectId: ProjectId, settings: ProjectSettings): Promise<void>;
}
