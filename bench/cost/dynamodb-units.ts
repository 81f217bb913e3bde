const writeUnitBytes = 1_024;
const readUnitBytes = 4_096;
const nullBytes = 1;
const nestingBytes = 3;

/** An attribute as the protocol has it: binary in base64, or in bytes as the SDK holds it. */
export type WireValue = {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: string | Uint8Array | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly L?: readonly WireValue[] | undefined;
  readonly M?: WireItem | undefined;
};
export type WireItem = Readonly<Record<string, WireValue>>;

/** The names of the attributes that an index is keyed by. */
export type IndexKeys = readonly string[];

/** The size of an item: names and values (Developer Guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: WireItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

/**
 * What a write takes, made or refused: one unit for each started KB of the larger of the items before and after, and for each
 * index whose keys it changes one to take the old entry out and one to put the new one in. Indexes hold keys only.
 */
export function writeUnits(before: WireItem, after: WireItem, indexes: readonly IndexKeys[]): number {
  const size = Math.max(itemBytes(before), itemBytes(after), 1);
  return indexes.reduce(
    (sum, names) => {
      const [old, fresh] = [entryOf(before, names), entryOf(after, names)];
      return old === fresh ? sum : sum + (old === null ? 0 : 1) + (fresh === null ? 0 : 1);
    },
    Math.ceil(size / writeUnitBytes),
  );
}

/** What reading so many bytes at once takes: one unit for each started 4 KB, half of it if older answers will do. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * (consistent ? 1 : 0.5);
}

function entryOf(item: WireItem, names: IndexKeys): string | null {
  return names.every((name) => name in item) ? JSON.stringify(names.map((name) => item[name])) : null;
}

function valueBytes({ S, N, B, L, M }: WireValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return typeof B === 'string' ? Buffer.from(B, 'base64').length : B.length;
  if (L !== undefined) return L.reduce((sum, value) => sum + 1 + valueBytes(value), nestingBytes);
  if (M !== undefined) return itemBytes(M) + Object.keys(M).length + nestingBytes;
  return nullBytes;
}
