import { limits } from '../core/limits.ts';

const KiB = 1024;

/** The numbers of the SMTP client that nobody needs to configure. */
export const bounds = {
  /** Content up to this size goes out in one write; larger content goes in blocks of it and keeps its last block back. */
  blockBytes: 64 * KiB,
  /** BDAT chunks that may wait for their reply at a time: 1 MiB on the way. */
  chunkWindow: 16,
  /** Servers that pad an EHLO reply are still understood; this much of it is kept at most. */
  ehloReplyOctets: 1024 * KiB,
  replyOctets: limits.replyOctets,
  /** After so many messages on one connection the next may go out with its envelope in one flight; on a new one, after so many to the server. */
  provenMessages: 2,
  /** Servers whose habits are remembered. */
  habitsKept: 1000,
  /** A connection on which the server spoke this recently is not about to be closed for idleness. */
  warmMs: 1000,
  /** Servers close idle connections after seconds; we go first. */
  idleMs: 5000,
  /** How long the reply to QUIT is awaited; nobody waits for it but the connection. */
  quitMs: 2000,
  /** An optimistic guess: too little time for the content ends before the dot, without harm. */
  expectedRateBytesPerSecond: 4096 * KiB,
  /** Most final replies come within it; less than this left, and the dot is not sent. */
  finalReplyMs: 30_000,
  /** The part of the whole attempt that is kept for the final reply when the attempt is shorter than that. */
  finalReplyFraction: 0.25,
  /** Node reports a write over TLS late, on a busy machine very late; what is not reported by then has not left. */
  tlsReportMs: 2000,
  /** The last octets are held back for one round trip, within these limits. */
  holdBackMinMs: 20,
  holdBackMaxMs: 500,
  /** What is told of a certificate's subject. */
  subjectCharacters: 500,
  subjectParts: 20,
  /** Challenges a server may put before AUTH has to be over. */
  authRounds: 4,
  /** RFC 5321 §4.5.3.1.4: a command line, without its CRLF. */
  commandOctets: 510,
  /** RFC 3461 §4.4 and §4.2: the values of ENVID and ORCPT, encoded. */
  envelopeIdOctets: 100,
  originalRecipientOctets: 500,
  /** RFC 7677 §4: fewer make a password cheap to guess for whoever plays the server; */
  scramLeastIterations: 4096,
  /** and many more are a way to keep our processor busy: this many take about a second. */
  scramMostIterations: 2_000_000,
} as const;
