import type { ServerReply } from '../../functions/smtp/reply.ts';
import type { Answer, Ended, Wire } from '../../functions/smtp/wire.ts';

/** Ends the conversation in the script of a memory wire. */
export function ends(why: Ended['why']): Ended {
  return { kind: 'ended', why, detail: why };
}

export function says(code: number, ...lines: readonly string[]): ServerReply {
  return { kind: 'reply', code, lines: lines.length === 0 ? ['text'] : lines };
}

/** A wire without a network: `answers` are read in turn, `afterQuiet` is what a quiet moment brings to light. */
export function memoryWire(
  answers: readonly Answer[],
  afterQuiet: Ended | null = null,
): Wire & { readonly sent: string[] } {
  const left = [...answers];
  const wire: Wire & { readonly sent: string[]; ended: Ended | null } = {
    sent: [],
    ended: null,
    handedOver: true,
    roundTripMs: 0,
    attend() {},
    enter() {},
    commit() {},
    release() {},
    dropAfterReply() {},
    destroy() {},
    send(octets) {
      const parts = octets instanceof Uint8Array ? [octets] : octets;
      wire.sent.push(Buffer.concat(parts).toString('latin1'));
    },
    read() {
      const answer = left.shift() ?? wire.ended ?? ends('closed');
      if (answer.kind === 'ended') wire.ended = answer;
      return Promise.resolve(answer);
    },
    drained: () => Promise.resolve(wire.ended),
    quiet() {
      wire.ended ??= afterQuiet;
      return Promise.resolve(wire.ended);
    },
    startTls: () => Promise.resolve(ends('closed')),
  };
  return wire;
}
