import { connect, type Socket } from 'node:net';

import type { Target } from '../core/ports/router.ts';
import { socketEvent } from './socket-event.ts';
import type { AttemptBounds, Ended } from './wire.ts';

/** A TCP connection to the vetted address of a target, from the source address it names if any, or why there is none. */
export async function dial(
  target: Target,
  connectMs: number,
  attempt: AttemptBounds,
): Promise<{ readonly kind: 'connected'; readonly socket: Socket } | Ended> {
  // Nagle's algorithm together with a peer's delayed ACK costs 40 ms per flight.
  const from = target.source === undefined ? {} : { localAddress: target.source.ip };
  const socket = connect({ host: target.ip, port: target.port, noDelay: true, keepAlive: true, ...from });
  // An error without a listener would end the process, and one may still come after the wait is over.
  socket.on('error', ignore);
  attempt.phases?.enter('connect');
  const event = await socketEvent(socket, 'connect', attempt, connectMs);
  if (event.kind === 'happened') return { kind: 'connected', socket };
  socket.destroy();
  if (event.kind === 'ended') return event;
  return { kind: 'ended', why: 'closed', detail: `The connection failed: ${event.error.message}.` };
}

function ignore(): void {}
