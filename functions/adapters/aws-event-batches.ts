import type { RenderedEvent } from '../core/ports/event-target.ts';

/** PutEvents and PublishBatch take so many entries; */
const entriesPerCall = 10;
/** and so many octets altogether: that of SNS, and the least that EventBridge has ever taken. */
const octetsPerCall = 256 * 1024;
/** What an entry has beside the body: type, project, source, time, group; far more than they come to. */
const octetsBeside = 1_024;

/** Events in the order they are to be sent in, a call each; `tooLarge` fit into none. */
export type EventBatches = {
  readonly batches: readonly RenderedEvent[][];
  readonly tooLarge: readonly RenderedEvent[];
};

/**
 * Shares events out among calls. `apart`: no two events of one stream are in one call, for of those in a call some may be taken
 * and others, before them, not.
 */
export function eventBatches(events: readonly RenderedEvent[], apart: boolean): EventBatches {
  const batches: RenderedEvent[][] = [];
  const tooLarge: RenderedEvent[] = [];
  let octets = 0;
  for (const one of events) {
    const size = Buffer.byteLength(one.body) + octetsBeside;
    if (size > octetsPerCall) {
      tooLarge.push(one);
      continue;
    }
    const open = batches.at(-1);
    const fits = open !== undefined && open.length < entriesPerCall && octets + size <= octetsPerCall;
    if (fits && !(apart && open.some(({ event }) => event.stream === one.event.stream))) {
      open.push(one);
      octets += size;
    } else {
      batches.push([one]);
      octets = size;
    }
  }
  return { batches, tooLarge };
}
