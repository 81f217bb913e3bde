import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import type { Phase } from '../core/outcome.ts';
import { bounds } from './bounds.ts';
import { ReplyReader } from './reply-reader.ts';
import type { ServerReply } from './reply.ts';
import { upgradeToTls } from './tls-upgrade.ts';
import { Watchdog } from './watchdog.ts';
import type { Answer, AttemptBounds, Ended, PeerIdentity, TlsStart, Wire } from './wire.ts';

/**
 * A `Wire` over a socket. At most one of `read`, `drained` and `quiet` is waited for at a time; each is a condition that is
 * looked at again whenever something happened.
 */
export class SocketWire implements Wire {
  ended: Ended | null = null;
  roundTripMs = Infinity;
  #socket: Socket;
  readonly #context: () => SecureContext;
  #attempt: AttemptBounds;
  #reader = new ReplyReader();
  #replies: ServerReply[] = [];
  /** Replies asked for and not yet read; the greeting is asked for by connecting. */
  #outstanding = 1;
  /** The last reply came before its command was seen to leave: nobody gets it until that is cleared up. */
  #held = false;
  #dropsAfterReply = false;
  #sentAt = performance.now();
  #writeFailed = false;
  #secure = false;
  /** Nothing was heard over TLS yet. */
  #handshakeUnanswered = false;
  #handedOverAtEnd = false;
  #look: (() => void) | null = null;
  #onReported: (() => void) | null = null;
  #onDisturbed: (() => void) | null = null;
  readonly #watchdog = new Watchdog(() => this.#end('timeout', 'The server did not answer in time.'));
  readonly #onAbort = (): void => this.#end('interrupted', 'The attempt was interrupted.');
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk);
  readonly #onEnd = (): void => this.#end('closed', 'The server closed the connection.');
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const refused = this.#handshakeUnanswered && (error.code ?? '').startsWith('ERR_SSL_');
    this.#end(refused ? 'alert' : 'reset', `The connection was lost: ${error.code ?? error.message}.`);
  };
  readonly #onWritten = (error?: Error | null): void => {
    if (error) this.#writeFailed = true;
    this.#onReported?.();
    this.#look?.();
  };

  constructor(socket: Socket, context: () => SecureContext, attempt: AttemptBounds) {
    this.#socket = socket;
    this.#context = context;
    this.#attempt = attempt;
    this.attend(attempt);
    this.#listen();
  }

  get handedOver(): boolean {
    return this.ended === null ? this.#couldBeTaken() : this.#handedOverAtEnd;
  }

  attend(attempt: AttemptBounds): void {
    this.#attempt = attempt;
    this.#onDisturbed = null;
    this.#socket.ref();
    attempt.signal.addEventListener('abort', this.#onAbort);
    if (attempt.signal.aborted) this.#onAbort();
  }

  enter(phase: Phase): void {
    this.#attempt.phases?.enter(phase);
  }

  commit(): void {
    this.#attempt.signal.removeEventListener('abort', this.#onAbort);
  }

  release(onDisturbed: () => void): void {
    this.commit();
    this.#watchdog.rest();
    this.#socket.unref();
    this.#onDisturbed = onDisturbed;
  }

  send(octets: Uint8Array | readonly Uint8Array[], replies: number, replyOctets: number = bounds.replyOctets): void {
    if (this.ended !== null) return;
    this.#reader.limitOctets = replyOctets;
    this.#outstanding += replies;
    this.#sentAt = performance.now();
    this.#write(octets);
  }

  read(withinMs: number): Promise<Answer> {
    return this.#until((): Answer | null => (this.#held ? null : (this.#replies.shift() ?? this.ended)), withinMs);
  }

  async drained(withinMs: number): Promise<Ended | null> {
    if (this.ended !== null || this.#flushed()) return this.ended;
    const outcome = await this.#until(() => this.ended ?? (this.#flushed() ? 'drained' : null), withinMs);
    return outcome === 'drained' ? null : outcome;
  }

  async quiet(ms: number): Promise<Ended | null> {
    let passed = false;
    const pass = (): void => {
      passed = true;
      this.#look?.();
    };
    // A timer that is late, on a busy machine, fires before what arrived meanwhile is read.
    if (ms === 0) setImmediate(pass);
    else setTimeout(() => setImmediate(pass), ms);
    const outcome = await this.#until(() => this.ended ?? (passed ? 'passed' : null), Infinity);
    return outcome === 'passed' ? null : outcome;
  }

  dropAfterReply(): void {
    this.#dropsAfterReply = true;
  }

  async startTls(identity: PeerIdentity, withinMs: number): Promise<TlsStart> {
    if (this.ended !== null) return this.ended;
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd)
      .off('error', this.#onError);
    this.#reader = new ReplyReader();
    this.#replies = [];
    this.#dropsAfterReply = false;
    const upgrade = await upgradeToTls(this.#socket, identity, this.#context(), this.#attempt, withinMs);
    this.#socket = upgrade.socket;
    this.#secure = true;
    this.#handshakeUnanswered = true;
    this.#sentAt = performance.now();
    this.#listen();
    if (upgrade.started.kind === 'unusable') this.#end('malformed', upgrade.started.detail);
    if (upgrade.started.kind === 'ended') this.#end(upgrade.started.why, upgrade.started.detail);
    return upgrade.started;
  }

  destroy(): void {
    this.#end('interrupted', 'The connection was given up.');
  }

  #listen(): void {
    this.#socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError);
  }

  #write(octets: Uint8Array | readonly Uint8Array[]): void {
    if (octets instanceof Uint8Array) {
      this.#socket.write(octets, this.#onWritten);
      return;
    }
    this.#socket.cork();
    octets.forEach((part, index) => {
      this.#socket.write(part, index === octets.length - 1 ? this.#onWritten : undefined);
    });
    this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    this.#handshakeUnanswered = false;
    let at = 0;
    while (at < chunk.length && this.ended === null) {
      if (this.#outstanding === 0) {
        if (!this.#dropsAfterReply) this.#unasked(chunk.toString('latin1', at, at + 3));
        break;
      }
      const step = this.#reader.read(chunk, at);
      if (step.kind === 'more') break;
      if (step.kind === 'malformed') return this.#end('malformed', step.detail);
      at = step.next;
      this.#accept(step.reply);
    }
    this.#look?.();
  }

  /** 421 may come at any time (RFC 5321 §3.8): a server that shuts down has not miscounted. */
  #unasked(code: string): void {
    if (code === '421') this.#end('closed', 'The server said 421: it closes the connection.');
    else this.#end('surplus', 'The server sent more replies than it was asked for.');
  }

  #accept(reply: ServerReply): void {
    this.#replies.push(reply);
    this.#outstanding--;
    this.roundTripMs = Math.min(this.roundTripMs, performance.now() - this.#sentAt);
    if (this.#outstanding > 0 || this.#flushed()) return;
    this.#held = true;
    if (this.#secure) this.#awaitReport();
    else setImmediate(() => this.#releaseHeld());
  }

  /** Over TLS a write is reported as done turns after it left, and on a busy machine an honest reply is read before. */
  #awaitReport(): void {
    const release = (): void => {
      this.#onReported = null;
      clearTimeout(timer);
      this.#releaseHeld();
    };
    const timer = setTimeout(release, bounds.tlsReportMs);
    this.#onReported = () => {
      if (this.ended !== null || this.#flushed() || this.#writeFailed) release();
    };
  }

  #releaseHeld(): void {
    if (this.ended === null ? !this.#flushed() : !this.#handedOverAtEnd) {
      this.#replies.pop();
      this.#end('early', 'The server replied before it can have read what it replies to.');
    }
    this.#held = false;
    this.#look?.();
  }

  #flushed(): boolean {
    return !this.#writeFailed && this.#socket.writableLength === 0;
  }

  /** Over TLS, what was written a moment ago may have left although nobody said so yet. */
  #couldBeTaken(): boolean {
    return this.#flushed() || (this.#secure && performance.now() - this.#sentAt < bounds.tlsReportMs);
  }

  /** Timing out ends the wire, so that a late reply can never be taken for the answer to something else. */
  #until<Outcome>(look: () => Outcome | null, withinMs: number): Promise<Outcome> {
    const now = look();
    if (now !== null) return Promise.resolve(now);
    this.#watchdog.set(Math.min(performance.now() + withinMs, this.#attempt.endsAt));
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#look = () => {
      const outcome = look();
      if (outcome === null) return;
      this.#look = null;
      this.#watchdog.rest();
      resolve(outcome);
    };
    return promise;
  }

  #end(why: Ended['why'], detail: string): void {
    if (this.ended !== null) return;
    this.#handedOverAtEnd = this.#couldBeTaken();
    this.ended = { kind: 'ended', why, detail };
    this.#watchdog.stop();
    this.commit();
    this.#socket.destroy();
    this.#onReported?.();
    this.#look?.();
    this.#onDisturbed?.();
  }
}
