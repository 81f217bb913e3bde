import type { ProjectEvent } from '../events/project-event.ts';

/** An event, and the body that endpoints get of it. */
export type RenderedEvent = { readonly event: ProjectEvent; readonly body: string };

/** Where all events of all projects go, beside the endpoints of each: a name for the deployment's own. */
export type EventTargetName = 'bus' | 'topic';

/** A place of the deployment that takes every event. */
export interface EventTarget {
  readonly name: EventTargetName;
  /**
   * Resolves when every event was taken. Rejects with one sentence when any was not: some may have been, and all of them have to
   * come again. An event that can never be taken is logged, and counts as taken.
   */
  publish(events: readonly RenderedEvent[]): Promise<void>;
}
