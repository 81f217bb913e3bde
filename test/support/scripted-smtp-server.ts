import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';

import { SmtpPeer } from './smtp-peer.ts';
import { certificates, type CertificateName } from './test-certificates.ts';

/** What the server does at one point: reply with these lines, or anything else with the bare connection. */
export type Verb = string | ((peer: SmtpPeer) => void | Promise<void>);

/** The server's lines; what is absent goes the way of an honest server. */
export type Script = {
  readonly extensions?: readonly string[];
  readonly certificate?: CertificateName;
  readonly tlsOptions?: TLSSocketOptions;
  readonly implicitTls?: boolean;
  /** Before anything else, TLS included. */
  readonly accept?: Verb;
  readonly greeting?: Verb;
  readonly ehlo?: Verb;
  readonly helo?: Verb;
  readonly starttls?: Verb;
  readonly auth?: Verb;
  readonly rset?: Verb;
  readonly mail?: Verb;
  /** One verb for all, or one for each recipient in turn. */
  readonly rcpt?: Verb | readonly Verb[];
  readonly data?: Verb;
  /** When the first octets of the content arrive. */
  readonly body?: Verb;
  /** The reply to the content, by DATA or by BDAT. */
  readonly dot?: Verb;
  readonly quit?: Verb;
};

/** Where the conversation stands: connections and transactions count from 0. */
export type Moment = { readonly connection: number; readonly transaction: number; readonly secure: boolean };

export type ReceivedMessage = { readonly mail: string; readonly rcpt: readonly string[]; readonly content: Buffer };

export type ScriptedSmtpServer = {
  readonly port: number;
  /** Messages that arrived whole, whatever was replied. */
  readonly messages: ReceivedMessage[];
  /** All command lines, in order. */
  readonly commands: string[];
  connections: number;
  /** The flights: what arrived in one piece, as text, by connection. */
  readonly pieces: string[][];
  close(): Promise<void>;
};

/** A real TCP server on loopback that follows a script; `scriptAt` is asked anew at every command. */
export async function startScriptedServer(scriptAt: (moment: Moment) => Script): Promise<ScriptedSmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    const connection = running.connections++;
    const pieces: string[] = [];
    running.pieces.push(pieces);
    void converse(new SmtpPeer(socket, pieces), connection, scriptAt, running);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: ScriptedSmtpServer = {
    port: (server.address() as AddressInfo).port,
    messages: [],
    commands: [],
    connections: 0,
    pieces: [],
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return running;
}

async function converse(
  peer: SmtpPeer,
  connection: number,
  scriptAt: (moment: Moment) => Script,
  running: ScriptedSmtpServer,
): Promise<void> {
  let transaction = 0;
  let mail: string | null = null;
  let rcpt: string[] = [];
  let asked = 0;
  let chunks: Buffer[] = [];
  const script = (): Script => scriptAt({ connection, transaction, secure: peer.secure });
  const play = async (verb: Verb | undefined, honest: Verb): Promise<void> => {
    const chosen = verb ?? honest;
    if (typeof chosen === 'string') peer.say(chosen);
    else await chosen(peer);
  };
  const finish = async (): Promise<void> => {
    running.messages.push({ mail: mail ?? '', rcpt, content: Buffer.concat(chunks) });
    const verb = script().dot;
    [mail, rcpt, chunks] = [null, [], []];
    await play(verb, rcpt === null ? '554 none' : '250 2.0.0 taken');
    transaction++;
  };
  const { accept, implicitTls } = script();
  if (accept !== undefined) await play(accept, '');
  if (implicitTls) await secure(peer, script());
  await play(script().greeting, '220 mx.example.test ESMTP');
  for (;;) {
    const line = await peer.line();
    if (line === null) return;
    running.commands.push(line);
    const [verb = '', ...rest] = line.split(/[ :]/);
    switch (verb.toUpperCase()) {
      case 'EHLO':
        await play(
          script().ehlo,
          ['250-mx.example.test', ...(script().extensions ?? []).map((name) => `250-${name}`), '250 HELP'].join('\r\n'),
        );
        break;
      case 'HELO':
        await play(script().helo, '250 mx.example.test');
        break;
      case 'STARTTLS':
        await play(script().starttls, '220 go ahead');
        if (peer.lastReply.startsWith('220')) await secure(peer, script());
        break;
      case 'AUTH':
        await play(script().auth, '235 2.7.0 welcome');
        break;
      case 'RSET':
        [mail, rcpt, chunks, asked] = [null, [], [], 0];
        await play(script().rset, '250 2.0.0 reset');
        break;
      case 'MAIL':
        [mail, rcpt, chunks, asked] = [line, [], [], 0];
        await play(script().mail, '250 2.1.0 sender ok');
        if (!peer.lastReply.startsWith('2')) mail = null;
        break;
      case 'RCPT': {
        const verbs = script().rcpt;
        const turn = Array.isArray(verbs) ? (verbs as Verb[])[asked++] : (verbs as Verb | undefined);
        await play(mail === null ? '503 5.5.1 MAIL first' : turn, '250 2.1.5 recipient ok');
        if (peer.lastReply.startsWith('25')) rcpt.push(line);
        break;
      }
      case 'DATA': {
        const honest = rcpt.length === 0 ? '503 5.5.1 no valid recipients' : '354 go on';
        await play(script().data, honest);
        if (!peer.lastReply.startsWith('354')) break;
        const { body } = script();
        if (body !== undefined) {
          await peer.some();
          await play(body, '');
        }
        const content = await peer.dotted();
        if (content === null) return;
        chunks = [content];
        await finish();
        break;
      }
      case 'BDAT': {
        const { body } = script();
        if (body !== undefined && chunks.length === 0) {
          await peer.some();
          await play(body, '');
        }
        const octets = await peer.octets(Number(rest[0]));
        if (octets === null) return;
        chunks.push(octets);
        if (rcpt.length === 0) peer.say('503 5.5.1 no valid recipients');
        else if (rest[1] === 'LAST') await finish();
        else peer.say('250 2.0.0 chunk taken');
        break;
      }
      case 'QUIT':
        await play(script().quit, '221 2.0.0 bye');
        peer.end();
        return;
      default:
        peer.say('502 5.5.2 what?');
    }
  }
}

async function secure(peer: SmtpPeer, script: Script): Promise<void> {
  const { cert, key } = certificates[script.certificate ?? 'trusted'];
  const tls = new TLSSocket(peer.detach(), { isServer: true, cert, key, ...script.tlsOptions });
  tls.on('error', () => {});
  peer.attach(tls, true);
  await once(tls, 'secure').catch(() => {});
}
