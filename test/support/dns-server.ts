import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import {
  type Answer,
  AUTHENTIC_DATA,
  decode,
  type DecodedPacket,
  encode,
  type Packet,
  type Question,
} from 'dns-packet';

/**
 * What the server does instead of answering well.
 *
 * - `servfail`, `refused`, `notimp`, `formerr`: that RCODE; `bare_formerr`: without the question.
 * - `silent`: nothing; `garbage`: random bytes under the right id; `cut`: a message that ends inside a record.
 * - `wrong_id`, `wrong_question`, `wrong_source`: an answer that names an address of its own, and is not ours.
 * - `foreign`: records whose owner is another name; `referral`: only NS records of somebody else.
 * - `truncated`: TC over UDP, whole over TCP; `truncated_tcp_reset`, `_silent`, `_truncated`, `_wrong_id`: and TCP fails so.
 */
export type DnsFault =
  | 'servfail'
  | 'refused'
  | 'notimp'
  | 'formerr'
  | 'bare_formerr'
  | 'silent'
  | 'garbage'
  | 'cut'
  | 'wrong_id'
  | 'wrong_question'
  | 'wrong_source'
  | 'foreign'
  | 'referral'
  | 'truncated'
  | 'truncated_tcp_reset'
  | 'truncated_tcp_silent'
  | 'truncated_tcp_truncated'
  | 'truncated_tcp_wrong_id';

export type DnsNode = {
  readonly mx?: readonly { readonly preference: number; readonly exchange: string }[];
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** One entry a record: its text, cut into strings as need be, or the strings themselves. */
  readonly txt?: readonly (string | readonly Buffer[])[];
  readonly cname?: string;
  /** Records of any other type, without their name. */
  readonly others?: readonly { readonly type: string; readonly data: unknown }[];
  /** Default 60. */
  readonly ttlSeconds?: number;
  /** Sets the AD bit on answers that start at this name. */
  readonly authenticated?: boolean;
  /** The CNAME is answered alone, and the client has to ask on. */
  readonly unchased?: boolean;
  /** For all types, or by type. */
  readonly fault?: DnsFault | Readonly<Record<string, DnsFault>>;
};

/** Names in lower case without the final dot; a name that is not here does not exist. */
export type DnsZone = Readonly<Record<string, DnsNode>>;

export type SeenQuery = { readonly name: string; readonly type: string; readonly transport: 'udp' | 'tcp' };

export type DnsServer = {
  /** For `POSTERN_DNS`: `udp://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly queries: SeenQuery[];
  /** Replaces a node, or removes it. */
  set(name: string, node: DnsNode | null): void;
  close(): Promise<void>;
};

const rcodes: Partial<Record<DnsFault, number>> = { formerr: 1, servfail: 2, notimp: 4, refused: 5 };
const nameError = 3;
const udpLimitBytes = 1232;
const txtStringBytes = 255;
const bits = { authoritative: 1 << 10, truncated: 1 << 9, recursion: (1 << 8) | (1 << 7) };
const lie: Answer = { type: 'A', name: 'lie.test', ttl: 60, data: '192.0.2.66' };

/** A recursive resolver on loopback, UDP and TCP on one port, that knows one zone and misbehaves as told. */
export async function startDnsServer(initial: DnsZone): Promise<DnsServer> {
  const zone = new Map(Object.entries(initial));
  const queries: SeenQuery[] = [];
  const sockets = new Set<Socket>();
  const reply = (bytes: Buffer, transport: SeenQuery['transport']): Buffer | null => {
    const packet = decode(bytes);
    const [question] = packet.questions ?? [];
    if (question === undefined) return null;
    queries.push({ name: question.name.toLowerCase(), type: question.type, transport });
    return respond(packet, question, transport, zone);
  };
  const { udp, tcp, port } = await bind();
  udp.on('message', (bytes, peer) => {
    const answer = reply(bytes, 'udp');
    if (answer === null) return;
    const { name = '', type = 'A' } = queries.at(-1) ?? {};
    if (faultOf(zone.get(name), type) === 'wrong_source') sendFromElsewhere(answer, peer);
    else udp.send(answer, peer.port, peer.address);
  });
  tcp.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const answer = reply(bytes.subarray(2), 'tcp');
      const { name = '', type = 'A' } = queries.at(-1) ?? {};
      if (faultOf(zone.get(name), type) === 'truncated_tcp_reset') socket.resetAndDestroy();
      else if (answer !== null) socket.write(Buffer.concat([lengthOf(answer), answer]));
    });
  });
  return {
    url: `udp://127.0.0.1:${port}`,
    port,
    queries,
    set: (name, node) => void (node === null ? zone.delete(name) : zone.set(name, node)),
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

// The port that UDP got may be taken for TCP: then another one.
async function bind(): Promise<{ udp: ReturnType<typeof createSocket>; tcp: Server; port: number }> {
  for (;;) {
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const { port } = udp.address();
    const tcp = createServer();
    try {
      tcp.listen(port, '127.0.0.1');
      await once(tcp, 'listening');
      return { udp, tcp, port: (tcp.address() as AddressInfo).port };
    } catch {
      udp.close();
    }
  }
}

function respond(
  query: DecodedPacket,
  question: Question,
  transport: SeenQuery['transport'],
  zone: ReadonlyMap<string, DnsNode>,
): Buffer | null {
  const name = question.name.toLowerCase();
  const node = zone.get(name);
  const fault = faultOf(node, question.type);
  const id = query.id ?? 0;
  const good = encode(responseTo(query, question, zone));
  const truncatedOnly = encode({ type: 'response', id, flags: bits.recursion | bits.truncated, questions: [question] });
  const forged = (packet: Partial<Packet>): Buffer =>
    encode({
      type: 'response',
      id,
      flags: bits.recursion,
      questions: [question],
      answers: [lieAbout(name)],
      ...packet,
    });
  switch (fault) {
    case null:
    case 'wrong_source':
      if (fault === 'wrong_source') return forged({});
      return transport === 'udp' && good.length > udpLimitBytes ? truncatedOnly : good;
    case 'servfail':
    case 'refused':
    case 'notimp':
    case 'formerr':
      return forged({ flags: bits.recursion | (rcodes[fault] ?? 0), answers: [] });
    case 'bare_formerr':
      return encode({ type: 'response', id, flags: 1 });
    case 'silent':
      return null;
    case 'garbage':
      return garbageUnder(id, question);
    case 'cut':
      return good.subarray(0, good.length - 3);
    case 'wrong_id':
      return forged({ id: (id + 1) & 0xffff });
    case 'wrong_question':
      return forged({ questions: [{ ...question, name: 'lie.test' }] });
    case 'foreign':
      return forged({ answers: foreign(question.type) });
    case 'referral':
      return forged({ answers: [], authorities: [{ type: 'NS', name: 'test', ttl: 60, data: 'ns.elsewhere.test' }] });
    case 'truncated':
      return transport === 'udp' ? truncatedOnly : good;
    case 'truncated_tcp_reset':
    case 'truncated_tcp_truncated':
      return truncatedOnly;
    case 'truncated_tcp_silent':
      return transport === 'udp' ? truncatedOnly : null;
    case 'truncated_tcp_wrong_id':
      return transport === 'udp' ? truncatedOnly : forged({ id: (id + 1) & 0xffff });
  }
}

function responseTo(query: DecodedPacket, question: Question, zone: ReadonlyMap<string, DnsNode>): Packet {
  const answers: Answer[] = [];
  let name = question.name.toLowerCase();
  for (let links = 0; links < 12; links++) {
    const target = zone.get(name)?.cname;
    if (target === undefined || question.type === 'CNAME') break;
    answers.push({ type: 'CNAME', name, ttl: zone.get(name)?.ttlSeconds ?? 60, data: target });
    if (zone.get(name)?.unchased === true) return packetOf(query, question, answers, 0, zone, false);
    name = target.toLowerCase();
  }
  const node = zone.get(name);
  if (node === undefined) return packetOf(query, question, answers, nameError, zone, true);
  const found = recordsOf(name, node).filter((record) => record.type === question.type);
  return packetOf(query, question, [...answers, ...found], 0, zone, found.length === 0 && node.cname === undefined);
}

function packetOf(
  query: DecodedPacket,
  question: Question,
  answers: Answer[],
  rcode: number,
  zone: ReadonlyMap<string, DnsNode>,
  negative: boolean,
): Packet {
  const authenticated = zone.get(question.name.toLowerCase())?.authenticated === true ? AUTHENTIC_DATA : 0;
  const soa = { mname: 'ns.test', rname: 'hostmaster.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 };
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: bits.recursion | authenticated | rcode,
    questions: [question],
    answers,
    authorities: negative ? [{ type: 'SOA', name: 'test', ttl: 60, data: soa }] : [],
    additionals: query.additionals?.filter((record) => record.type === 'OPT') ?? [],
  };
}

function recordsOf(name: string, node: DnsNode): Answer[] {
  const ttl = node.ttlSeconds ?? 60;
  return [
    ...(node.mx ?? []).map((data): Answer => ({ type: 'MX', name, ttl, data })),
    ...(node.a ?? []).map((data): Answer => ({ type: 'A', name, ttl, data })),
    ...(node.aaaa ?? []).map((data): Answer => ({ type: 'AAAA', name, ttl, data })),
    ...(node.txt ?? []).map((text): Answer => ({ type: 'TXT', name, ttl, data: stringsOf(text) })),
    ...(node.others ?? []).map(({ type, data }) => ({ type, name, ttl, data }) as Answer),
  ];
}

function stringsOf(text: string | readonly Buffer[]): Buffer[] {
  if (typeof text !== 'string') return [...text];
  const bytes = Buffer.from(text, 'latin1');
  const count = Math.max(1, Math.ceil(bytes.length / txtStringBytes));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * txtStringBytes, (index + 1) * txtStringBytes),
  );
}

function faultOf(node: DnsNode | undefined, type: string): DnsFault | null {
  if (node?.fault === undefined) return null;
  return typeof node.fault === 'string' ? node.fault : (node.fault[type] ?? null);
}

function lieAbout(name: string): Answer {
  return { ...lie, name };
}

function foreign(type: string): Answer[] {
  const mx: Answer = { type: 'MX', name: 'lie.test', ttl: 60, data: { preference: 1, exchange: 'lie.test' } };
  const certificate = Buffer.alloc(32);
  const tlsa = {
    type: 'TLSA',
    name: 'lie.test',
    ttl: 60,
    data: { usage: 3, selector: 1, matchingType: 1, certificate },
  };
  if (type === 'TLSA') return [tlsa as Answer];
  return [type === 'MX' ? mx : lie];
}

function garbageUnder(id: number, question: Question): Buffer {
  const head = encode({ type: 'response', id, flags: bits.recursion, questions: [question] });
  head.writeUInt16BE(7, 6);
  return Buffer.concat([head, Buffer.from('c00cfffe00ff13375555', 'hex')]);
}

function sendFromElsewhere(answer: Buffer, peer: RemoteInfo): void {
  const elsewhere = createSocket('udp4');
  elsewhere.send(answer, peer.port, peer.address, () => elsewhere.close());
}

function lengthOf(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return length;
}
