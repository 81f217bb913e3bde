import { warmupMessages } from './warmup.ts';
import type { RateStanding, SharedRates } from './shared-rates.ts';

/** An address of this machine that mail may leave from. */
export type SourceAddress = {
  readonly ip: string;
  /** What EHLO says there; `null` is the host's own name. */
  readonly ehloName: string | null;
  /** The first day of its warm-up, at 0:00 UTC; `null` for one that is known to receivers. */
  readonly warmupFrom: number | null;
};

/** Where an attempt leaves from; `wait`: all addresses that could have used up what their warm-up allows for now. */
export type SourceChoice =
  | { readonly kind: 'source'; readonly source: SourceAddress }
  | { readonly kind: 'wait'; readonly until: number; readonly soonest: number }
  | { readonly kind: 'none' };

const dayMs = 24 * 60 * 60_000;

/**
 * The addresses of the family of `targetIp` in the order of preference of a group and a recipient domain, always the same one
 * as long as the list is (rendezvous hashing): a change of the list moves the least mail, and a greylisted retry comes from
 * where the first attempt came from. Pure.
 */
export function rankedSources(
  sources: readonly SourceAddress[],
  affinity: string,
  targetIp: string,
): readonly SourceAddress[] {
  const isV6 = targetIp.includes(':');
  return sources
    .filter(({ ip }) => ip.includes(':') === isV6)
    .map((source) => ({ source, rank: hashOf(`${affinity} ${source.ip}`) }))
    .toSorted((a, b) => b.rank - a.rank)
    .map(({ source }) => source);
}

/**
 * The first address in rank that may send to the group now. An address in warm-up takes its share of the domains, and in a
 * day no more than the schedule allows for each group; what is above goes by the next in rank.
 */
export async function chooseSource(
  ranked: readonly SourceAddress[],
  group: string,
  { rates, now }: { readonly rates: SharedRates; readonly now: number },
): Promise<SourceChoice> {
  let soonest: Extract<SourceChoice, { kind: 'wait' }> | null = null;
  for (const source of ranked) {
    const messages = source.warmupFrom === null ? null : warmupMessages(Math.floor((now - source.warmupFrom) / dayMs));
    if (messages === 0) continue;
    const turn = messages === null ? null : await turnOf(`${source.ip} ${group}`, messages, rates);
    if (turn === null || turn.kind === 'go') return { kind: 'source', source };
    if (soonest === null || turn.until < soonest.until) soonest = turn;
  }
  return soonest ?? { kind: 'none' };
}

// A limit that cannot be looked up stops no mail; and nothing was dialled yet, which a throw here would leave in doubt.
async function turnOf(name: string, messages: number, rates: SharedRates): Promise<RateStanding> {
  try {
    return await rates.take(name, { messages, periodMs: dayMs, burst: Math.ceil(messages / 2) });
  } catch {
    return { kind: 'go' };
  }
}

// FNV-1a with a last mix: fast, the same everywhere, and even enough to share out domains.
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
