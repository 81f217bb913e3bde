import type { SmtpPeer } from './smtp-peer.ts';
import type { Verb } from './scripted-smtp-server.ts';

/** Ends the connection, and reads nothing any more. */
export const closes: Verb = (peer) => (peer.end(), peer.hang());

export const resets: Verb = (peer) => peer.reset();

/** Reads on and says nothing, here and ever after. */
export const fallsSilent: Verb = (peer) => peer.hang();

/** Leaves out this one reply and goes on. */
export const saysNothing: Verb = () => {};

/** Reads nothing any more: its window closes. */
export const readsNothing: Verb = (peer) => (peer.pause(), peer.hang());

/** These octets and no line end; the server then goes on as if it had replied so. */
export function says(octets: string): Verb {
  return (peer) => {
    peer.lastReply = octets;
    peer.raw(octets);
  };
}

/** A reply, and the connection's end behind it. */
export function closesAfter(line: string): Verb {
  return (peer) => (peer.say(line), peer.end(), peer.hang());
}

export function resetsAfter(line: string, afterMs: number): Verb {
  return async (peer) => {
    peer.say(line);
    await pause(afterMs);
    peer.reset();
  };
}

/** The octets one after the other, over and over. */
export function drips(octets: string, everyMs: number): Verb {
  return async (peer) => {
    for (let at = 0; !peer.closed; at++) {
      peer.raw(octets[at % octets.length] ?? '');
      await pause(everyMs);
    }
  };
}

/** The same octets again and again. */
export function repeats(octets: string, everyMs: number): Verb {
  return async (peer) => {
    while (!peer.closed) {
      peer.raw(octets);
      await pause(everyMs);
    }
  };
}

/** A reply after a while. */
export function repliesLate(line: string, afterMs: number): Verb {
  return async (peer) => {
    await pause(afterMs);
    peer.say(line);
  };
}

/** A reply, and another one a while later. */
export function addsLater(line: string, later: string, afterMs: number): Verb {
  return (peer) => {
    peer.say(line);
    void pause(afterMs).then(() => peer.raw(`${later}\r\n`));
  };
}

/** Octets of the content now and then, a little at a time. */
export async function readsSlowly(peer: SmtpPeer): Promise<void> {
  while (!peer.closed) {
    peer.pause();
    await pause(100);
    peer.resume();
    await pause(1);
  }
}

// The header of a TLS record of 16,128 octets, that of a ServerHello which fills it, and its version; zeros follow.
const endlessHello = `\x16\x03\x03\x3f\0\x02\0\x3e\xfc\x03\x03`;

/** Goes ahead with STARTTLS, and then drips its half of a handshake. */
export async function handshakesSlowly(peer: SmtpPeer): Promise<void> {
  peer.raw('220 go ahead\r\n');
  await peer.line();
  for (let at = 0; !peer.closed; at++) {
    peer.raw(endlessHello[at] ?? '\0');
    await pause(60);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
