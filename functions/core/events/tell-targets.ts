import type { createTurns } from '../in-turn.ts';
import type { Owed } from './owed.ts';
import type { EventTarget } from '../ports/event-target.ts';
import type { Log } from '../ports/log.ts';
import type { OwedEvents } from '../ports/owed-events.ts';
import type { ToldEvents } from '../ports/told-events.ts';
import type { ProjectEvent } from './project-event.ts';

/**
 * The targets of the deployment, and what each of them has taken. `inTurn` is the process's own: two tasks about one delivery
 * often come together.
 */
export type EventTargets = {
  readonly all: readonly EventTarget[];
  readonly told: ToldEvents;
  readonly inTurn: ReturnType<typeof createTurns>;
};

export type TellTargetsPorts = {
  readonly owed: Pick<OwedEvents, 'keep'>;
  readonly render: (event: ProjectEvent) => string;
  readonly log: Log;
};

/**
 * Tells the targets of what has happened, each by itself: every event at least once, those of one delivery in their order. What
 * one does not take is kept for it alone, with its certainty, and the sweep comes back to it until it does. Answers whether what
 * was owed may be forgotten. Rejects when a store is out of reach.
 */
export async function tellTargets(
  owed: Owed,
  events: readonly ProjectEvent[],
  targets: EventTargets,
  ports: TellTargetsPorts,
): Promise<boolean> {
  const wanted = targets.all.filter(({ name }) => owed.target === undefined || owed.target === name);
  const settled = await Promise.all(
    wanted.map(async (target) => {
      try {
        await tell(target, owed, events, targets, ports);
        return true;
      } catch (error) {
        ports.log.warn('event_target_failed', { target: target.name, events: events.length, why: String(error) });
        if (owed.target !== undefined) return false;
        await keepForTarget(owed, target, ports);
        return true;
      }
    }),
  );
  return settled.every(Boolean);
}

/** Owes an event to every target, for the sweep to tell of. */
export async function oweToTargets(event: ProjectEvent, { all }: EventTargets, ports: TellTargetsPorts): Promise<void> {
  await Promise.all(all.map((target) => keepForTarget({ kind: 'event', event }, target, ports)));
}

// It is so, or it would not have come as far as a target: looked at later, it may no longer be.
async function keepForTarget(owed: Owed, { name }: EventTarget, ports: TellTargetsPorts): Promise<void> {
  await ports.owed.keep({ ...owed, target: name, sure: true });
}

// The timeline of a delivery holds all that it ever was; a target is told of what is new to it.
async function tell(
  target: EventTarget,
  owed: Owed,
  events: readonly ProjectEvent[],
  { told, inTurn }: EventTargets,
  { render }: TellTargetsPorts,
): Promise<void> {
  const publish = (fresh: readonly ProjectEvent[]): Promise<void> =>
    target.publish(fresh.map((event) => ({ event, body: render(event) })));
  if (owed.kind === 'event') return await publish(events);
  const { deliveryId } = owed;
  await inTurn(`${target.name} ${deliveryId}`, async () => {
    const known = await told.read(target.name, deliveryId);
    const fresh = events.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return;
    await publish(fresh);
    await told.replace(target.name, deliveryId, new Set([...known, ...fresh.map(({ id }) => id)]));
  });
}
