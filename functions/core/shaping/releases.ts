import { release, type ReleaseRate, type ReleaseStanding } from './release-rate.ts';

/** Remembers how each group stands from one run of the sweep to the next. */
export type Releases = {
  /** When one more delivery of the group may go on: `now`, the time at which the run began, or later. */
  next(group: string, now: number): number;
};

/** A process that is new knows of no group, and lets a burst of each go. */
export function createReleases(rate: ReleaseRate): Releases {
  const standings = new Map<string, ReleaseStanding>();
  const fullAfterMs = (rate.burst / rate.perSecond) * 1_000;
  let asOf = -Infinity;
  // A group that has all of its room again is as one that was never seen.
  const forget = (now: number): void => {
    for (const [group, standing] of standings) if (standing.asOf + fullAfterMs <= now) standings.delete(group);
    asOf = now;
  };
  return {
    next(group, now) {
      if (now !== asOf) forget(now);
      const { standing, at } = release(standings.get(group), now, rate);
      standings.set(group, standing);
      return at;
    },
  };
}
