import type { ProjectId } from '../ids.ts';

/** The project of the bootstrap key, and of every key that names no other. */
export const defaultProjectId = 'prj_default' as ProjectId;

/** What `projectIdOf` takes. */
export const projectNameForm = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The id of the project of this name; `null` when it is no name. */
export function projectIdOf(name: string): ProjectId | null {
  return projectNameForm.test(name) ? (`prj_${name}` as ProjectId) : null;
}

/** The name that operators and answers use: the id without its prefix. */
export function projectNameOf(id: ProjectId): string {
  return id.slice('prj_'.length);
}
