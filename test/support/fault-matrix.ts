import type { Target } from '../../functions/core/ports/router.ts';
import type { SmtpSettings } from '../../functions/smtp/settings.ts';
import type { Script } from './scripted-smtp-server.ts';
import type { orderOf } from './smtp-order.ts';
import type { SmtpPeer } from './smtp-peer.ts';

/** One of the sixteen ways in which a fault can be met. */
export type Cell = {
  readonly name: string;
  readonly pipelining: boolean;
  readonly chunking: boolean;
  /** On a connection that carried `before` messages, or on a new one. */
  readonly reused: boolean;
  readonly before: number;
  readonly tls: boolean;
};

/** What must have come of it. */
export type Ending = {
  /** For each recipient, as `summary` words it; an expression where time decides between two right words. */
  readonly outcomes: readonly (string | RegExp)[];
  /** Whether the connection serves the next message. */
  readonly connection: 'kept' | 'dropped';
};

export type FaultRow = {
  /** Rows of the fault list. */
  readonly ids: readonly string[];
  /** What the server does. */
  readonly does: string;
  /** Where in a session it does so, which is what some cells exclude. */
  readonly at:
    | 'accept'
    | 'opening'
    | 'starttls'
    | 'login'
    | 'idle'
    | 'envelope'
    | 'data'
    | 'pipelined data'
    | 'content';
  readonly fault?: Script;
  /** What it does to the connection that rests between two messages. */
  readonly whileIdle?: (peer: SmtpPeer) => void | Promise<void>;
  readonly ending: (cell: Cell & { readonly oneFlight: boolean }) => Ending;
  readonly order?: Omit<NonNullable<Parameters<typeof orderOf>[0]>, 'withinMs' | 'signal'>;
  readonly target?: Partial<Target>;
  readonly settings?: Partial<SmtpSettings>;
  /** Offered at all times beside what the cell says. */
  readonly offers?: readonly string[];
  /** Nothing but the deadline of the attempt ends it, in all cells or in those where no other reply takes the missing one's place. */
  readonly untilDeadline?: 'everywhere' | 'in some';
  /** Commands that must not be heard. */
  readonly never?: readonly string[];
  /** What not even an honest server could deliver: this order, or anything at this target. */
  readonly hopeless?: 'order' | 'target';
  /** How long after the order is settled the server still makes a noise. */
  readonly noiseMs?: number;
};

/** Why a row has no such cell. The first that applies counts; each has to apply somewhere. */
export const exclusions: readonly { readonly because: string; applies(row: FaultRow, cell: Cell): boolean }[] = [
  {
    because: 'a connection is opened once, and what goes wrong there is met by its first message',
    applies: ({ at }, { reused }) => reused && ['accept', 'opening', 'starttls', 'login'].includes(at),
  },
  {
    because: 'a connection that carried nothing does not rest',
    applies: ({ at }, { reused }) => !reused && at === 'idle',
  },
  {
    because: 'who asks for no TLS meets no fault of STARTTLS',
    applies: ({ at }, { tls }) => !tls && at === 'starttls',
  },
  {
    because: 'logins that show the password are tried over TLS only',
    applies: ({ at, never = [] }, { tls }) => !tls && at === 'login' && !never.includes('AUTH'),
  },
  {
    because: 'BDAT has no 354',
    applies: (row, cell) => (row.at === 'data' || row.at === 'pipelined data') && !byData(row, cell),
  },
  {
    because: 'without PIPELINING, DATA waits for the replies before it',
    applies: ({ at }, { pipelining }) => !pipelining && at === 'pipelined data',
  },
];

const bothWays = [false, true];

/** PIPELINING, CHUNKING, first or reused, in the clear or over TLS. */
export const cells: readonly Cell[] = bothWays.flatMap((pipelining) =>
  bothWays.flatMap((chunking) =>
    bothWays.flatMap((reused) =>
      bothWays.map((tls) => {
        const offers = [pipelining ? 'PIPELINING' : null, chunking ? 'CHUNKING' : null].filter((word) => word !== null);
        const name = [...offers, reused ? 'reused' : 'first', tls ? 'TLS' : 'clear'].join(' ');
        // After two messages the third may go out in one flight.
        return { name, pipelining, chunking, reused, before: reused ? 2 : 0, tls };
      }),
    ),
  ),
);

/** Whether small content goes by DATA: without CHUNKING, and before the server has shown how it words its replies. */
export function byData(row: FaultRow, { chunking, reused }: Cell): boolean {
  return !chunking || (!reused && (row.order?.content?.length ?? 0) <= 64 * 1024);
}

/** Whether small content goes out with its envelope. */
export function inOneFlight(row: FaultRow, { pipelining, chunking, reused }: Cell): boolean {
  return pipelining && chunking && reused && (row.order?.content?.length ?? 0) <= 64 * 1024;
}
