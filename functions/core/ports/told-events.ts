import type { DeliveryId, EventId } from '../ids.ts';
import type { EventTargetName } from './event-target.ts';

/** Which events of a delivery a target has taken. What is lost of it is told of twice. */
export interface ToldEvents {
  read(target: EventTargetName, delivery: DeliveryId): Promise<ReadonlySet<EventId>>;
  /** Replaces what was told. Kept for as long as events of the delivery may be told of at all (`limits.webhookLogMs`). */
  replace(target: EventTargetName, delivery: DeliveryId, told: ReadonlySet<EventId>): Promise<void>;
}
