import {
  type Answer,
  AUTHENTIC_DATA,
  AUTHORITATIVE_ANSWER,
  decode,
  type DecodedPacket,
  DNSSEC_OK,
  encode,
  RECURSION_DESIRED,
} from 'dns-packet';

import type { NameServer } from '../core/ports/name-server.ts';
import type { Random } from '../core/ports/random.ts';
import type {
  DnsAbsence,
  DnsAnswer,
  DnsFailure,
  DnsFailureCode,
  MxRecord,
  Resolver,
  TlsaRecord,
} from '../core/ports/resolver.ts';

/** What fits into one unfragmented datagram on any path (DNS Flag Day 2020). */
const udpPayloadBytes = 1232;
/** Chains in use have two or three links; resolvers give up at about this length. */
const longestChain = 10;
const nameOctets = 253;
const labelOctets = 63;

const rcodeMask = 0x0f;
const noError = 0;
const nameError = 3;
const rcodes: Readonly<Record<number, DnsFailureCode>> = { 1: 'formerr', 2: 'servfail', 4: 'notimp', 5: 'refused' };

type Type = 'MX' | 'A' | 'AAAA' | 'TXT' | 'TLSA';
type Ports = { readonly nameServer: NameServer; readonly random: Random };

// How far the question has come: the name that the aliases have led to, and what all answers on the way have in common.
type Chain = { readonly name: string; readonly seen: ReadonlySet<string>; ttlSeconds: number; authenticated: boolean };
type Reading<Item> = DnsAnswer<Item> | { readonly kind: 'alias'; readonly chain: Chain };

/**
 * A stub resolver over any transport. It asks for DNSSEC (RFC 6840 §5.7) and takes the server's AD bit at its word, follows
 * CNAMEs by owner name, within an answer and by asking again, and takes nothing from an answer that contradicts itself.
 */
export function createPacketResolver(ports: Ports): Resolver {
  return {
    mx: (name, deadline) => resolve(name, 'MX', mxOf, deadline, ports),
    a: (name, deadline) => resolve(name, 'A', ipv4Of, deadline, ports),
    aaaa: (name, deadline) => resolve(name, 'AAAA', ipv6Of, deadline, ports),
    txt: (name, deadline) => resolve(name, 'TXT', textOf, deadline, ports),
    tlsa: (name, deadline) => resolve(name, 'TLSA', tlsaOf, deadline, ports),
  };
}

async function resolve<Item>(
  name: string,
  type: Type,
  itemOf: (answer: Answer) => Item | null,
  deadline: number,
  { nameServer, random }: Ports,
): Promise<DnsAnswer<Item>> {
  let chain: Chain = { name: normal(name), seen: new Set(), ttlSeconds: Number.MAX_SAFE_INTEGER, authenticated: true };
  for (;;) {
    if (!isEncodable(chain.name)) return failure('malformed', 'The name cannot be asked for: it is no domain name.');
    const id = Buffer.from(random.bytes(2)).readUInt16BE();
    const reply = await nameServer.ask(query(chain.name, type, id), deadline);
    if (reply.kind === 'failure') return reply;
    const packet = decoded(reply.bytes);
    if (packet === null) return failure('malformed', 'The answer is not a well-formed DNS message.');
    const reading = read(packet, type, chain, itemOf);
    if (reading.kind !== 'alias') return reading;
    chain = reading.chain;
  }
}

function query(name: string, type: Type, id: number): Buffer {
  const opt = { udpPayloadSize: udpPayloadBytes, extendedRcode: 0, ednsVersion: 0, flags: DNSSEC_OK, flag_do: true };
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ type, name, class: 'IN' }],
    additionals: [{ type: 'OPT', name: '.', ...opt, options: [] }],
  });
}

// The library reads past the end of a message that is cut short: what it read is sound only if it ended where the message does.
function decoded(bytes: Uint8Array): DecodedPacket | null {
  try {
    const packet = decode(Buffer.from(bytes));
    return decode.bytes === bytes.length ? packet : null;
  } catch {
    return null;
  }
}

function read<Item>(
  packet: DecodedPacket,
  type: Type,
  asked: Chain,
  itemOf: (answer: Answer) => Item | null,
): Reading<Item> {
  const rcode = rcodeOf(packet);
  if (rcode !== noError && rcode !== nameError) {
    const code = rcodes[rcode] ?? 'other_rcode';
    return failure(code, `The resolver answered with the error ${code.toUpperCase()} (${rcode}).`);
  }
  const chain = followed(packet, asked);
  if (chain === null) return failure('cname_loop', 'The CNAME records of the name lead in a circle or too far.');
  const ofType = (packet.answers ?? []).filter((answer) => answer.type === type);
  const own = ofType.filter(
    (answer) => 'class' in answer && answer.class === 'IN' && normal(answer.name) === chain.name,
  );
  if (own.length > 0 && rcode === noError) return records(own, chain, itemOf);
  if (ofType.length > 0) return failure('malformed', 'The answer holds records that do not belong to the question.');
  if (rcode === nameError) return absence('nxdomain', packet, chain);
  return withoutRecords(packet, asked, chain);
}

function records<Item>(own: readonly Answer[], chain: Chain, itemOf: (answer: Answer) => Item | null): DnsAnswer<Item> {
  const items = own.map(itemOf).filter((item) => item !== null);
  const ttlSeconds = Math.min(chain.ttlSeconds, ...own.map(ttlOf));
  return {
    kind: 'records',
    records: items,
    authenticated: chain.authenticated,
    ttlSeconds,
    canonicalName: chain.name,
  };
}

// An SOA record closes the matter (RFC 2308 §2.2). Without one, an alias may lead out of what this server told us, and NS
// records alone are a referral: the server knows of somebody who knows.
function withoutRecords(packet: DecodedPacket, asked: Chain, chain: Chain): Reading<never> {
  const authorities = packet.authorities ?? [];
  if (authorities.some((record) => record.type === 'SOA')) return absence('nodata', packet, chain);
  if (chain.name !== asked.name) return { kind: 'alias', chain };
  const authoritative = ((packet.flags ?? 0) & AUTHORITATIVE_ANSWER) !== 0;
  if (!authoritative && authorities.some((record) => record.type === 'NS')) {
    return failure('referral', 'The resolver referred us to other name servers instead of answering.');
  }
  return absence('nodata', packet, chain);
}

// RFC 2308 §5: the SOA record's own time to live or its minimum field, whichever is less.
function absence(kind: DnsAbsence['kind'], packet: DecodedPacket, { authenticated, ttlSeconds }: Chain): DnsAbsence {
  const soa = packet.authorities?.find((record) => record.type === 'SOA');
  if (soa === undefined) return { kind, authenticated, ttlSeconds: null };
  return { kind, authenticated, ttlSeconds: Math.min(ttlSeconds, ttlOf(soa), soa.data.minimum ?? 0) };
}

// RFC 1034 §3.6.2: the owner name decides, not the order of the records.
function followed(packet: DecodedPacket, asked: Chain): Chain | null {
  const aliases = new Map<string, { readonly target: string; readonly ttlSeconds: number }>();
  for (const answer of packet.answers ?? []) {
    if (answer.type !== 'CNAME' || answer.class !== 'IN') continue;
    aliases.set(normal(answer.name), { target: normal(answer.data), ttlSeconds: ttlOf(answer) });
  }
  const seen = new Set(asked.seen);
  let { name, ttlSeconds } = asked;
  for (let alias = aliases.get(name); alias !== undefined; alias = aliases.get(name)) {
    seen.add(name);
    if (seen.has(alias.target) || seen.size > longestChain) return null;
    name = alias.target;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
  }
  const authenticated = asked.authenticated && ((packet.flags ?? 0) & AUTHENTIC_DATA) !== 0;
  return { name, seen, ttlSeconds, authenticated };
}

// RFC 6891 §6.1.3: the upper bits of the code travel in the OPT record.
function rcodeOf(packet: DecodedPacket): number {
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  return ((opt?.extendedRcode ?? 0) << 4) | ((packet.flags ?? 0) & rcodeMask);
}

function ttlOf(answer: Answer): number {
  return 'ttl' in answer ? (answer.ttl ?? 0) : 0;
}

function mxOf(answer: Answer): MxRecord | null {
  if (answer.type !== 'MX') return null;
  return { preference: answer.data.preference ?? 0, exchange: normal(answer.data.exchange) };
}

function ipv4Of(answer: Answer): string | null {
  return answer.type === 'A' ? answer.data : null;
}

function ipv6Of(answer: Answer): string | null {
  return answer.type === 'AAAA' ? answer.data : null;
}

function textOf(answer: Answer): string | null {
  if (answer.type !== 'TXT') return null;
  const strings = Array.isArray(answer.data) ? answer.data : [answer.data];
  return strings.map((part) => (typeof part === 'string' ? part : Buffer.from(part).toString('latin1'))).join('');
}

function tlsaOf(answer: Answer): TlsaRecord | null {
  if (answer.type !== 'TLSA') return null;
  const { usage, selector, matchingType, certificate } = answer.data;
  return { usage, selector, matchingType, association: Uint8Array.from(certificate) };
}

function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

// The library would write a label of 64 octets as a compression pointer.
function isEncodable(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > nameOctets) return false;
  return name.split('.').every((label) => label !== '' && Buffer.byteLength(label) <= labelOctets);
}

function failure(code: DnsFailureCode, detail: string): DnsFailure {
  return { kind: 'failure', code, detail };
}
