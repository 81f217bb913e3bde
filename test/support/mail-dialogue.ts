import { connect } from 'node:net';

/** A client of a mail server that says what it is told, octet for octet. */
export type MailDialogue = {
  /** The next whole reply, without its last line end; rejects when the connection ends before it, or after ten seconds. */
  reply(): Promise<string>;
  /** Says a line and resolves with the reply. */
  say(line: string): Promise<string>;
  /** Sends octets (latin1) as they are. */
  raw(octets: string | Buffer): void;
  /** Everything that has come and was not taken as a reply, once the server has closed the connection. */
  rest(): Promise<string>;
  /** Leaves without a word. */
  destroy(): void;
};

/**
 * Connects to a port of 127.0.0.1, from an address of 127.0.0.0/8. The greeting is the first reply. One that is `clinging` keeps
 * its end open when the server has closed its own.
 */
export function startDialogue(port: number, { from = '127.0.0.1', clinging = false } = {}): MailDialogue {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: clinging });
  let input = '';
  let ended = false;
  let wake = (): void => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    input += text;
    wake();
  });
  socket.on('error', () => undefined);
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      ended = true;
      wake();
    });
  }

  async function until<Found>(find: () => Found | null): Promise<Found> {
    const end = Date.now() + 10_000;
    for (;;) {
      const found = find();
      if (found !== null) return found;
      if (ended) throw new Error(`The connection has ended: ${input}`);
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`No answer: ${input}`)), Math.max(0, end - Date.now()));
        wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  const reply = (): Promise<string> =>
    until(() => {
      const whole = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3} [^\r\n]*\r\n/.exec(input)?.[0];
      if (whole === undefined) return null;
      input = input.slice(whole.length);
      return whole.trimEnd();
    });

  return {
    reply,
    say(line) {
      socket.write(`${line}\r\n`, 'latin1');
      return reply();
    },
    raw: (octets) => void socket.write(octets, 'latin1'),
    rest: () => until(() => (ended ? input : null)),
    destroy: () => void socket.destroy(),
  };
}
