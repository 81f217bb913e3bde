import type { Socket } from 'node:net';

import type { AttemptBounds, Ended } from './wire.ts';

export type SocketEvent = { readonly kind: 'happened' } | { readonly kind: 'failed'; readonly error: Error } | Ended;

/** Waits for a socket to connect or to finish its handshake: within `withinMs` and the attempt, whatever trickles in. */
export function socketEvent(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  attempt: AttemptBounds,
  withinMs: number,
): Promise<SocketEvent> {
  const { promise, resolve } = Promise.withResolvers<SocketEvent>();
  const happened = (): void => resolve({ kind: 'happened' });
  const failed = (error: Error): void => resolve({ kind: 'failed', error });
  const closed = (): void => resolve({ kind: 'ended', why: 'closed', detail: 'The server closed the connection.' });
  const interrupted = (): void =>
    resolve({ kind: 'ended', why: 'interrupted', detail: 'The attempt was interrupted.' });
  const late = (): void =>
    resolve({ kind: 'ended', why: 'timeout', detail: `There was no ${event} within ${Math.round(withinMs)} ms.` });
  const timer = setTimeout(late, Math.max(0, Math.min(withinMs, attempt.endsAt - performance.now())));
  socket.once(event, happened).once('error', failed).once('close', closed);
  attempt.signal.addEventListener('abort', interrupted);
  if (attempt.signal.aborted) interrupted();
  return promise.finally(() => {
    clearTimeout(timer);
    attempt.signal.removeEventListener('abort', interrupted);
    socket.off(event, happened).off('error', failed).off('close', closed);
  });
}
