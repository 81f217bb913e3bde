import type { Clock } from '../core/ports/clock.ts';
import type { DnsAnswer, Resolver } from '../core/ports/resolver.ts';

const leastTtlSeconds = 5;
const mostTtlSeconds = 3_600;
/** RFC 2181 §8: a time to live with the top bit set counts as zero. */
const ttlTopBit = 2 ** 31;
/** An absence nobody says the duration of (RFC 2308 §5 would not have it kept at all) is asked about again soon. */
const unsaidAbsenceSeconds = 30;
/** The longest that an absence is believed, whatever its SOA record says: a domain that was just set up should not wait. */
const mostAbsenceSeconds = 300;
const mostEntries = 10_000;
/** Characters of all answers of one type: a zone may fill 64 KiB with each, and there are as many zones as anybody likes. */
const mostCharacters = 8 * 1024 * 1024;

type Question<Item> = (name: string, deadline: number) => Promise<DnsAnswer<Item>>;
type Entry<Item> = { readonly answer: DnsAnswer<Item>; readonly until: number; readonly characters: number };
type Flight<Item> = { readonly deadline: number; readonly answer: Promise<DnsAnswer<Item>> };

/**
 * Remembers answers for their time to live, held between 5 seconds and 1 hour, and absence for at most 5 minutes; failures
 * are asked again at once. Equal questions asked at the same time are asked once. Bounded in number and size: the oldest
 * answers go first.
 */
export function createCachedResolver(resolver: Resolver, clock: Clock): Resolver {
  return {
    mx: cached((name, deadline) => resolver.mx(name, deadline), clock),
    a: cached((name, deadline) => resolver.a(name, deadline), clock),
    aaaa: cached((name, deadline) => resolver.aaaa(name, deadline), clock),
    txt: cached((name, deadline) => resolver.txt(name, deadline), clock),
    tlsa: cached((name, deadline) => resolver.tlsa(name, deadline), clock),
  };
}

function cached<Item>(ask: Question<Item>, clock: Clock): Question<Item> {
  const kept = new Map<string, Entry<Item>>();
  let characters = 0;
  const flights = new Map<string, Flight<Item>>();

  const forget = (name: string): void => {
    characters -= kept.get(name)?.characters ?? 0;
    kept.delete(name);
  };

  const keep = (name: string, answer: DnsAnswer<Item>): void => {
    const seconds = secondsToKeep(answer);
    if (seconds === 0) return;
    forget(name);
    const entry = { answer, until: clock.now() + seconds * 1_000, characters: JSON.stringify(answer).length };
    kept.set(name, entry);
    characters += entry.characters;
    for (const oldest of kept.keys()) {
      if (kept.size <= mostEntries && characters <= mostCharacters) break;
      forget(oldest);
    }
  };

  const fly = async (name: string, deadline: number): Promise<DnsAnswer<Item>> => {
    const flight = { deadline, answer: ask(name, deadline) };
    flights.set(name, flight);
    try {
      const answer = await flight.answer;
      keep(name, answer);
      return answer;
    } finally {
      if (flights.get(name) === flight) flights.delete(name);
    }
  };

  const answerOf: Question<Item> = async (name, deadline) => {
    const entry = kept.get(name);
    if (entry !== undefined && clock.now() < entry.until) return entry.answer;
    const flight = flights.get(name);
    // A question that may take longer than we have cannot be waited for.
    if (flight === undefined || flight.deadline > deadline) return await fly(name, deadline);
    const answer = await flight.answer;
    // When somebody else's time ran out and ours did not, the question is still open for us.
    const cutShort = answer.kind === 'failure' && answer.code === 'timeout' && flight.deadline < deadline;
    return cutShort && clock.now() < deadline ? await answerOf(name, deadline) : answer;
  };

  return (name, deadline) => answerOf(name.toLowerCase(), deadline);
}

function secondsToKeep(answer: DnsAnswer<unknown>): number {
  switch (answer.kind) {
    case 'failure':
      return 0;
    case 'nxdomain':
    case 'nodata':
      return answer.ttlSeconds === null ? unsaidAbsenceSeconds : held(answer.ttlSeconds, mostAbsenceSeconds);
    case 'records':
      return held(answer.ttlSeconds, mostTtlSeconds);
  }
}

function held(ttlSeconds: number, most: number): number {
  return Math.min(Math.max(ttlSeconds >= ttlTopBit ? 0 : ttlSeconds, leastTtlSeconds), most);
}
