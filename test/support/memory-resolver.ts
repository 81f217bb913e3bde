import type { DnsAnswer, MxRecord, Resolver } from '../../functions/core/ports/resolver.ts';

/** What a name has; `failure` for a name whose servers do not answer. A name that is not there does not exist. */
export type MemoryNode =
  | { readonly txt?: readonly string[]; readonly mx?: readonly string[]; readonly cname?: string }
  | 'failure';

export type MemoryResolver = Resolver & {
  readonly asked: string[];
  set(name: string, node: MemoryNode | null): void;
};

/** A resolver over a table that a test writes. */
export function createMemoryResolver(nodes: Readonly<Record<string, MemoryNode>> = {}): MemoryResolver {
  const table = new Map(Object.entries(nodes));
  const asked: string[] = [];
  const answer = <Item>(
    name: string,
    items: (node: Exclude<MemoryNode, string>) => readonly Item[],
  ): DnsAnswer<Item> => {
    const node = table.get(name);
    if (node === undefined) return { kind: 'nxdomain', authenticated: false, ttlSeconds: null };
    if (node === 'failure') return { kind: 'failure', code: 'servfail', detail: 'It failed.' };
    if (node.cname !== undefined) {
      const there = answer(node.cname, items);
      return there.kind === 'records' ? { ...there, canonicalName: node.cname } : there;
    }
    const records = items(node);
    if (records.length === 0) return { kind: 'nodata', authenticated: false, ttlSeconds: null };
    return { kind: 'records', records, authenticated: false, ttlSeconds: 60, canonicalName: name };
  };
  const mxOf = (exchange: string): MxRecord => ({ preference: 10, exchange });
  return {
    asked,
    set: (name, node) => void (node === null ? table.delete(name) : table.set(name, node)),
    mx: async (name) => answer(name, ({ mx = [] }) => mx.map(mxOf)),
    a: async (name) => answer(name, () => []),
    aaaa: async (name) => answer(name, () => []),
    tlsa: async (name) => answer(name, () => []),
    async txt(name) {
      asked.push(name);
      return answer(name, ({ txt = [] }) => txt);
    },
  };
}
