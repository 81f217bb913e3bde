import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import type { Projects } from '../../functions/core/ports/projects.ts';
import { project } from './samples.ts';

export type ProjectsUnderTest = {
  readonly projects: Projects;
  /** The same settings as another start of the program sees them. */
  readonly reopened: () => Projects;
  readonly dispose: () => Promise<void>;
};

/** What the settings of projects promise, whatever they stand on. */
export function describeProjects(name: string, make: () => Promise<ProjectsUnderTest>): void {
  describe(`the settings of projects on ${name}`, () => {
    let under: ProjectsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    it('are undecided until somebody decides, project by project', async () => {
      const { projects } = under;
      expect(await projects.settings(project)).toEqual({ unverifiedSenders: null });
      await projects.update(project, { unverifiedSenders: 'refuse' });
      expect(await projects.settings(project)).toEqual({ unverifiedSenders: 'refuse' });
      expect(await projects.settings('prj_other' as ProjectId)).toEqual({ unverifiedSenders: null });
      await projects.update(project, { unverifiedSenders: 'allow' });
      expect(await projects.settings(project)).toEqual({ unverifiedSenders: 'allow' });
      expect(await under.reopened().settings(project)).toEqual({ unverifiedSenders: 'allow' });
      await projects.update(project, { unverifiedSenders: null });
      expect(await projects.settings(project)).toEqual({ unverifiedSenders: null });
    });
  });
}
