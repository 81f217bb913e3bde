import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A message as it arrived: who brought it, the envelope and, if asked to keep it, the exact bytes (dots unstuffed). */
export type SunkMessage = {
  /** What EHLO said. */
  readonly client: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
};

export type MailSink = {
  readonly port: number;
  readonly messages: SunkMessage[];
  /** How many messages were accepted, kept or not. */
  accepted(): number;
  /** How many connections were opened so far. */
  connections(): number;
  /** The most that were open at a time, those that have said QUIT not counted. */
  mostOpen(): number;
  /** Where the connections came from. */
  readonly sources: ReadonlySet<string>;
  /** Ends every connection, as a server does with idle ones. */
  hangUp(): void;
  close(): Promise<void>;
};

export type MailSinkOptions = {
  readonly chunking?: boolean;
  readonly pipelining?: boolean;
  /** Keep envelope and bytes of every message; off for measurements. */
  readonly keep?: boolean;
  /** Called when a message is complete, before it is answered; what it returns is the reply line. */
  readonly onMessage?: (message: SunkMessage) => string;
  readonly port?: number;
};

type Session = {
  input: Buffer[];
  inputBytes: number;
  mode: 'command' | 'data' | 'bdat';
  bdatLeft: number;
  bdatLast: boolean;
  client: string;
  from: string;
  to: string[];
  body: Buffer[];
};

/** An honest, fast SMTP receiver with TCP_NODELAY, so that a pipelined message does not wait for a delayed ACK. */
export async function startMailSink(options: MailSinkOptions = {}): Promise<MailSink> {
  const messages: SunkMessage[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const sources = new Set<string>();
  let connections = 0;
  let mostOpen = 0;
  const looksInside = options.keep === true || options.onMessage !== undefined;
  const finish = (session: Session): string => {
    const bytes = looksInside ? Buffer.concat(session.body) : Buffer.alloc(0);
    const message = { client: session.client, from: session.from, to: session.to, bytes };
    const reply = options.onMessage?.(message) ?? '250 2.0.0 kept';
    if (reply.startsWith('2')) accepted++;
    if (options.keep === true) messages.push(message);
    Object.assign(session, { from: '', to: [], body: [] });
    return `${reply}\r\n`;
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const session: Session = {
      input: [],
      inputBytes: 0,
      mode: 'command',
      bdatLeft: 0,
      bdatLast: false,
      client: '',
      from: '',
      to: [],
      body: [],
    };
    connections++;
    sockets.add(socket);
    sources.add(socket.remoteAddress ?? '');
    mostOpen = Math.max(mostOpen, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write('220 sink.test ESMTP\r\n');
    socket.on('data', (chunk: Buffer) => {
      session.input.push(chunk);
      session.inputBytes += chunk.length;
      const replies = advance(session, options, finish);
      if (replies !== '') socket.write(replies);
      if (!replies.endsWith('221 2.0.0 bye\r\n')) return;
      sockets.delete(socket);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    accepted: () => accepted,
    connections: () => connections,
    mostOpen: () => mostOpen,
    sources,
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function advance(session: Session, options: MailSinkOptions, finish: (session: Session) => string): string {
  let replies = '';
  let buffer = session.input.length === 1 ? (session.input[0] ?? Buffer.alloc(0)) : Buffer.concat(session.input);
  for (;;) {
    if (session.mode === 'bdat') {
      const piece = buffer.subarray(0, session.bdatLeft);
      session.body.push(piece);
      session.bdatLeft -= piece.length;
      buffer = buffer.subarray(piece.length);
      if (session.bdatLeft > 0) break;
      session.mode = 'command';
      replies += session.bdatLast ? finish(session) : '250 2.0.0 chunk\r\n';
    } else if (session.mode === 'data') {
      const end = buffer.subarray(0, 3).equals(Buffer.from('.\r\n')) ? -2 : buffer.indexOf('\r\n.\r\n');
      if (end === -1) break;
      session.body.push(unstuffed(buffer.subarray(0, end + 2)));
      buffer = buffer.subarray(end + 5);
      session.mode = 'command';
      replies += finish(session);
    } else {
      const end = buffer.indexOf('\r\n');
      if (end === -1) break;
      replies += command(buffer.toString('utf8', 0, end), session, options);
      buffer = buffer.subarray(end + 2);
    }
  }
  session.input = buffer.length > 0 ? [buffer] : [];
  session.inputBytes = buffer.length;
  return replies;
}

function command(line: string, session: Session, options: MailSinkOptions): string {
  const verb = line.slice(0, 4).toUpperCase();
  switch (verb) {
    case 'EHLO': {
      session.client = line.slice('EHLO '.length);
      const offers = [
        options.pipelining === false ? null : 'PIPELINING',
        options.chunking === false ? null : 'CHUNKING',
      ];
      return [
        'sink.test',
        ...offers.filter((offer) => offer !== null),
        '8BITMIME',
        'SMTPUTF8',
        'ENHANCEDSTATUSCODES',
        'SIZE 0',
      ]
        .map((text, index, all) => `250${index === all.length - 1 ? ' ' : '-'}${text}\r\n`)
        .join('');
    }
    case 'MAIL':
      session.from = /<(.*?)>/.exec(line)?.[1] ?? '';
      return '250 2.1.0 ok\r\n';
    case 'RCPT':
      session.to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
      return '250 2.1.5 ok\r\n';
    case 'DATA':
      session.mode = 'data';
      return '354 go\r\n';
    case 'BDAT': {
      const [, size, last] = /^BDAT (\d+)( LAST)?$/i.exec(line) ?? [];
      Object.assign(session, { mode: 'bdat', bdatLeft: Number(size), bdatLast: last !== undefined });
      return '';
    }
    case 'RSET':
      Object.assign(session, { from: '', to: [], body: [] });
      return '250 2.0.0 ok\r\n';
    case 'NOOP':
    case 'HELO':
      return '250 2.0.0 ok\r\n';
    case 'QUIT':
      return '221 2.0.0 bye\r\n';
    default:
      return '500 5.5.1 unknown\r\n';
  }
}

function unstuffed(bytes: Buffer): Buffer {
  if (!bytes.includes('\r\n.') && bytes[0] !== 0x2e) return bytes;
  return Buffer.from(bytes.toString('latin1').replace(/^\./, '').replaceAll('\r\n.', '\r\n'), 'latin1');
}
