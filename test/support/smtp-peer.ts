import type { Socket } from 'node:net';

/** The server's end of one connection: reads lines and octets in order, and can misbehave in any way TCP allows. */
export class SmtpPeer {
  secure = false;
  lastReply = '';
  #socket: Socket;
  /** The connection itself, over which TLS may run. */
  readonly #connection: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #closed = false;
  #wake: (() => void) | null = null;
  readonly #pieces: string[];
  readonly #onData = (chunk: Buffer): void => {
    this.#pieces.push(chunk.toString('latin1'));
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  };
  readonly #onClose = (): void => {
    this.#closed = true;
    this.#wake?.();
  };

  constructor(socket: Socket, pieces: string[]) {
    this.#socket = socket;
    this.#connection = socket;
    this.#pieces = pieces;
    this.attach(socket, false);
  }

  /** Lines without their last CRLF. */
  say(lines: string): void {
    this.lastReply = lines;
    this.raw(`${lines}\r\n`);
  }

  raw(octets: string | Buffer): void {
    if (this.#socket.writable) this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** The octets over and over until `most` were sent or the connection is closed; answers with how many the network took. */
  async flood(octets: string, most: number): Promise<number> {
    const socket = this.#socket;
    let sent = 0;
    while (!this.#closed && socket.writable && sent < most) {
      sent += octets.length;
      if (!socket.write(Buffer.from(octets, 'latin1'))) await this.#drainedOrClosed(socket);
    }
    return sent - socket.writableLength;
  }

  reset(): void {
    this.#connection.resetAndDestroy();
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Never goes on. */
  hang(): Promise<void> {
    return new Promise(() => {});
  }

  async line(): Promise<string | null> {
    await this.#until(() => this.#buffer.includes('\r\n'));
    const end = this.#buffer.indexOf('\r\n');
    return end < 0 ? null : this.#take(end, 2).toString('utf8');
  }

  async octets(count: number): Promise<Buffer | null> {
    await this.#until(() => this.#buffer.length >= count);
    return this.#buffer.length < count ? null : this.#take(count, 0);
  }

  /** At least one octet, left in place. */
  async some(): Promise<void> {
    await this.#until(() => this.#buffer.length > 0);
  }

  /** Content up to the end of data, without its dots doubled. */
  async dotted(): Promise<Buffer | null> {
    const ends = (): boolean =>
      this.#buffer.subarray(0, 3).equals(Buffer.from('.\r\n')) || this.#buffer.includes('\r\n.\r\n');
    await this.#until(ends);
    if (!ends()) return null;
    if (this.#buffer.subarray(0, 3).equals(Buffer.from('.\r\n'))) return this.#take(0, 3);
    const stuffed = this.#take(this.#buffer.indexOf('\r\n.\r\n') + 2, 3).toString('latin1');
    return Buffer.from(stuffed.replaceAll(/^\./gm, ''), 'latin1');
  }

  detach(): Socket {
    this.#socket.off('data', this.#onData).off('close', this.#onClose);
    this.#buffer = Buffer.alloc(0);
    return this.#socket;
  }

  attach(socket: Socket, secure: boolean): void {
    this.#socket = socket;
    this.secure = secure;
    socket.on('data', this.#onData).on('close', this.#onClose).on('end', this.#onClose);
  }

  #take(count: number, skip: number): Buffer {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count + skip);
    return taken;
  }

  #drainedOrClosed(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      socket
        .once('drain', resolve)
        .once('close', resolve)
        .once('error', () => resolve());
    });
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
