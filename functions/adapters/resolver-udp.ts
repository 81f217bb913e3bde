import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

import { isAnswerTo, isTruncated } from '../core/dns-message.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { NameServer } from '../core/ports/name-server.ts';
import type { DnsFailure } from '../core/ports/resolver.ts';

const tries = 3;
/** A resolver that has to ask around may need seconds; one that lost our datagram never answers. */
const longestWaitMs = 5_000;

const lengthBytes = 2;

type Exchanged = Awaited<ReturnType<NameServer['ask']>>;
type Address = { readonly host: string; readonly port: number };

/**
 * A resolver reached over UDP, and over TCP when it truncates (RFC 7766 §5). Each try has a socket of its own, so that the
 * port is as random as the operating system makes it; the socket is connected, so that only the resolver's own address and
 * port are heard (RFC 5452 §9). `host` is an address, never a name.
 */
export function createUdpNameServer({ host, port, clock }: Address & { readonly clock: Clock }): NameServer {
  const server = { host, port };
  return {
    async ask(query, deadline) {
      for (let left = tries; left > 0; left--) {
        const waitMs = Math.min(longestWaitMs, (deadline - clock.now()) / left);
        if (waitMs <= 0) break;
        const exchanged = await overUdp(server, query, waitMs);
        if (exchanged.kind === 'answer' && isTruncated(exchanged.bytes)) {
          return await overTcp(server, query, Math.min(longestWaitMs, deadline - clock.now()));
        }
        if (exchanged.kind === 'answer' || exchanged.code !== 'timeout') return exchanged;
      }
      return timeout('The resolver did not answer in time.');
    },
  };
}

function overUdp({ host, port }: Address, query: Uint8Array, waitMs: number): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    let ended = false;
    const end = (exchanged: Exchanged): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.close();
      resolve(exchanged);
    };
    const timer = setTimeout(() => end(timeout('The resolver did not answer in time.')), waitMs);
    socket.on('error', (error) => end(unreachable(error)));
    socket.on('connect', () => socket.send(query));
    // What does not answer our question may come from somebody who guesses: it neither counts nor ends the waiting.
    socket.on('message', (bytes) => {
      if (isAnswerTo(bytes, query)) end({ kind: 'answer', bytes });
    });
    socket.connect(port, host);
  });
}

function overTcp({ host, port }: Address, query: Uint8Array, waitMs: number): Promise<Exchanged> {
  if (waitMs <= 0) return Promise.resolve(timeout('No time was left to ask the resolver over TCP.'));
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const end = (exchanged: Exchanged): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(exchanged);
    };
    const timer = setTimeout(() => end(timeout('The resolver did not answer over TCP in time.')), waitMs);
    socket.on('error', (error) => end(unreachable(error)));
    socket.on('close', () => end(truncated('The resolver closed the TCP connection before it had answered.')));
    socket.on('connect', () => {
      const length = Buffer.alloc(lengthBytes);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < lengthBytes) return;
      const wholeBytes = lengthBytes + received.readUInt16BE();
      if (received.length >= wholeBytes) end(tcpAnswer(received.subarray(lengthBytes, wholeBytes), query));
    });
  });
}

function tcpAnswer(bytes: Uint8Array, query: Uint8Array): Exchanged {
  if (!isAnswerTo(bytes, query)) {
    return { kind: 'failure', code: 'malformed', detail: 'The resolver answered another question over TCP.' };
  }
  return isTruncated(bytes) ? truncated('The resolver truncated its answer over TCP too.') : { kind: 'answer', bytes };
}

function timeout(detail: string): DnsFailure {
  return { kind: 'failure', code: 'timeout', detail };
}

function truncated(detail: string): DnsFailure {
  return { kind: 'failure', code: 'truncated', detail };
}

function unreachable(error: Error): DnsFailure {
  return { kind: 'failure', code: 'unreachable', detail: `The resolver cannot be reached: ${error.message}.` };
}
