import type { AddressInfo } from 'node:net';
import { domainToASCII } from 'node:url';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { RateLimiter } from '../core/ports/rate-limiter.ts';

export type ReturnedMailSettings = {
  readonly protocol: 'lmtp' | 'smtp';
  readonly host: string;
  readonly port: number;
  /** What the greeting says. */
  readonly hostname: string;
  /** A larger mail is refused (552 5.3.4). */
  readonly mostOctets: number;
  /** A connection ends after so much silence, */
  readonly idleMs: number;
  /** and after so long, however busy it is. */
  readonly sessionMs: number;
};

export type ReturnedMailPorts = {
  /** Whether mail to this address can change anything. Rejects when that cannot be found out now. */
  readonly isExpected: (address: string) => Promise<boolean>;
  /** Takes in the beginning of a mail that was sent to this address; `false`, or a rejection: it has to come again. */
  readonly take: (message: Uint8Array, address: string) => Promise<boolean>;
  readonly rates: RateLimiter;
  readonly clock: Clock;
  readonly log: Log;
};

export type ReturnedMailListener = {
  /** As it can be set: `lmtp://127.0.0.1:2424`. */
  readonly url: string;
  /** Takes no more connections, ends those that wait (421), lets content that is on its way arrive and be answered. */
  close(): Promise<void>;
};

/** Ends a command: an error is its reply. To content a list has one reply for each recipient. */
type Done = (error: Error | null, replies?: string | (string | Error)[]) => void;

const ratePolicy = { limit: limits.inboundRecipientsPerMinute, windowSeconds: 60 };
const firstBufferOctets = 64 * 1024;
/** Who sends so many times what was announced as the most is not waited for. */
const surplus = 2;

/**
 * Listens for mail that comes back, over LMTP (RFC 2033) or SMTP (RFC 5321). Recipients that are not expected are refused with
 * 550 5.1.1, so nothing is ever relayed; a mail is answered with 250 once it has been taken in, and else with 451, so that it
 * comes again. No TLS and no logins: a mail server stands before it. Rejects with an Error of one sentence when it cannot listen.
 */
export async function listenForReturnedMail(
  settings: ReturnedMailSettings,
  ports: ReturnedMailPorts,
): Promise<ReturnedMailListener> {
  const { protocol, host, port, mostOctets, sessionMs } = settings;
  const refused = new WeakMap<SMTPServerSession, number>();
  /** Connections whose content is on its way or being taken in. */
  const receiving = new Set<SMTPServerSession>();
  let stopping = false;

  async function judge(address: string, session: SMTPServerSession, done: Done): Promise<void> {
    done(await refusalOf(address, session, refused, ports));
  }

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): Promise<void> {
    receiving.add(session);
    const connection = [...server.connections].find((one) => one.session === session);
    const watch = () => void (stream.byteLength > surplus * mostOctets && connection?.close());
    answer(await verdicts(stream, session, ports, watch), protocol, done);
    receiving.delete(session);
    if (stopping) connection?.send(421, 'Shutting down');
  }

  const server: SMTPServer = new SMTPServer({
    ...optionsOf(settings),
    onConnect: ({ remoteAddress }, callback) => {
      const open = [...server.connections].filter((other) => other.remoteAddress === remoteAddress).length;
      const tooMany = open > limits.inboundConnectionsPerAddress;
      callback(tooMany ? reply(421, '4.7.0 Too many connections from one address') : null);
    },
    onRcptTo: ({ address }, session, callback) => void judge(address, session, callback),
    onData: (stream, session, callback) => void receive(stream, session, callback),
  });
  server.server.maxConnections = 2 * limits.inboundConnections;
  server.server.on('connection', (socket) => {
    const end = setTimeout(() => socket.destroy(), sessionMs);
    socket.once('close', () => clearTimeout(end));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(new Error(`Returned mail cannot be listened for at ${protocol}://${host}:${port}: ${message}.`)),
    );
    server.listen(port, host, resolve);
  });
  server.on('error', ({ message }) => ports.log.warn('inbound_connection_failed', { why: message }));
  return {
    url: urlOf(protocol, server.server.address() as AddressInfo),
    close: () =>
      new Promise((resolve) => {
        stopping = true;
        server.close(resolve);
        const waiting = [...server.connections].filter(({ session }) => !receiving.has(session));
        for (const connection of waiting) connection.send(421, 'Shutting down');
      }),
  };
}

function optionsOf({ protocol, hostname, mostOctets, idleMs }: ReturnedMailSettings): SMTPServerOptions {
  return {
    lmtp: protocol === 'lmtp',
    name: hostname,
    size: mostOctets,
    rejectOversized: true,
    hideENHANCEDSTATUSCODES: false,
    // The others are jokes of the package.
    disabledCommands: ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL'],
    // Senders of returned mail are as odd as mail gets; recipients are looked at by ourselves.
    lenientAddressParsing: true,
    disableReverseLookup: true,
    maxClients: limits.inboundConnections,
    maxRecipients: limits.inboundRecipientsPerMessage,
    maxCommandLength: limits.inboundCommandOctets,
    socketTimeout: idleMs,
    closeTimeout: limits.stopGraceMs,
  };
}

async function refusalOf(
  address: string,
  session: SMTPServerSession,
  refused: WeakMap<SMTPServerSession, number>,
  { rates, isExpected, clock, log }: ReturnedMailPorts,
): Promise<Error | null> {
  // There is one reply for each (RFC 2033 §4.2), and the package would give them one together.
  const twice = session.envelope.rcptTo.some((other) => other.address.toLowerCase() === address.toLowerCase());
  if (twice) return reply(452, 'Named already');
  try {
    const { allowed } = await rates.take(session.remoteAddress, ratePolicy, 1, clock.now());
    if (!allowed) return reply(451, 'Too many recipients in one minute');
    if (await isExpected(inAscii(address))) return null;
  } catch (error) {
    log.error('inbound_check_failed', { why: String(error) });
    return reply(451, 'The address cannot be looked at now');
  }
  const refusals = (refused.get(session) ?? 0) + 1;
  refused.set(session, refusals);
  if (refusals > limits.inboundRefusalsPerConnection) return reply(421, 'Too many addresses that do not exist');
  return reply(550, 'No such address here');
}

// For each recipient, whether the mail needs not come again.
async function verdicts(
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
  { take, log }: ReturnedMailPorts,
  watch: () => void,
): Promise<readonly boolean[]> {
  const addresses = envelope.rcptTo.map(({ address }) => inAscii(address));
  const message = await beginningOf(stream, watch);
  // To one that is too large the package answers 552, whatever is said of it.
  if (message === null || stream.sizeExceeded) return addresses.map(() => false);
  try {
    return await Promise.all(addresses.map((address) => take(message, address)));
  } catch (error) {
    log.error('inbound_failed', { why: String(error) });
    return addresses.map(() => false);
  }
}

// LMTP answers for each recipient (RFC 2033 §4.2), SMTP once for all of them.
function answer(settled: readonly boolean[], protocol: ReturnedMailSettings['protocol'], done: Done): void {
  const taken = 'Taken in';
  const again = reply(451, 'Not on record yet, the same mail may come again');
  if (protocol === 'smtp') return done(settled.every(Boolean) ? null : again, taken);
  const replies = settled.map((one) => (one ? taken : again));
  return done(null, replies);
}

// Copied, as pieces may be of one octet. `null` when the connection ends before the mail does.
async function beginningOf(stream: SMTPServerDataStream, watch: () => void): Promise<Uint8Array | null> {
  let kept = Buffer.alloc(firstBufferOctets);
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const piece = chunk.subarray(0, limits.inboundKeptOctets - length);
      if (length + piece.length > kept.length) {
        const larger = Buffer.alloc(Math.min(limits.inboundKeptOctets, 2 * (length + piece.length)));
        kept.copy(larger, 0, 0, length);
        kept = larger;
      }
      piece.copy(kept, length);
      length += piece.length;
      watch();
    }
    return kept.subarray(0, length);
  } catch {
    return null;
  }
}

// The package has made Unicode of the domain.
function inAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}

// The package puts the enhanced code that belongs to a code before the text, but for a refused connection.
function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

function urlOf(protocol: string, { address, port, family }: AddressInfo): string {
  return `${protocol}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
