import type { Rate } from './rate.ts';

/** What a group of mail hosts is to be spared: `null` is no limit of its own. */
export type Shape = {
  /** Open at a time. */
  readonly connections: number | null;
  /** Whether `connections` are those of all workers together, or of each. */
  readonly connectionsShared: boolean;
  readonly messagesPerConnection: number | null;
  /** Of all workers together. */
  readonly rate: Rate | null;
};

/** What an operator has set for a group; what is absent keeps its default. */
export type ShapeSettings = {
  readonly connections?: number;
  readonly messagesPerConnection?: number;
  readonly rate?: Rate;
};

/** By provider, by the name of a mail host or what it ends with, and `default` for all others. */
export type ShapingPolicy = Readonly<Record<string, ShapeSettings>>;

/**
 * What providers ask for in public, or what is known to work with them; the rest is left to the settings of all hosts.
 * Nothing here costs a write.
 */
export const providerDefaults: ShapingPolicy = {
  google: { messagesPerConnection: 50 },
  microsoft: { messagesPerConnection: 50 },
  // https://senders.yahooinc.com/best-practices: no more than 20 messages in a connection.
  yahoo: { messagesPerConnection: 20 },
  apple: { connections: 10, messagesPerConnection: 20 },
  // https://postmaster.orange.fr: 3 connections, 100 messages in each.
  orange: { connections: 3, messagesPerConnection: 100 },
  comcast: { connections: 25 },
};

/**
 * The shape of a group for one of its hosts: what was set for the host, for what its name ends with, for the group, then
 * what the provider is known to want, then what was set as `default`; each limit by itself. Pure.
 */
export function shapeOf(policy: ShapingPolicy, group: string, host: string): Shape {
  const set = [...namesAbove(host), group].flatMap((name) => (name === 'default' ? [] : (own(policy, name) ?? [])));
  const builtIn = own(providerDefaults, group) ?? {};
  const general = own(policy, 'default') ?? {};
  const connectionsSet = set.find(({ connections }) => connections !== undefined)?.connections;
  const all = [...set, builtIn, general];
  return {
    connections: connectionsSet ?? builtIn.connections ?? general.connections ?? null,
    connectionsShared:
      connectionsSet !== undefined || (builtIn.connections === undefined && general.connections !== undefined),
    messagesPerConnection: all.find((one) => one.messagesPerConnection !== undefined)?.messagesPerConnection ?? null,
    rate: all.find(({ rate }) => rate !== undefined)?.rate ?? null,
  };
}

function own(policy: ShapingPolicy, name: string): ShapeSettings | undefined {
  return Object.hasOwn(policy, name) ? policy[name] : undefined;
}

function namesAbove(host: string): readonly string[] {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
