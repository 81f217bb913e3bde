/** Turns values into the JSON that is stored, and back. */
export type Codec<Value> = { readonly pack: (value: Value) => unknown; readonly unpack: (packed: unknown) => Value };

/** How one field is stored: under a short name, not at all when it equals `usual`, and by `codec` where its value is packed too. */
export type Field = {
  readonly as: string;
  readonly usual?: unknown;
  // Fields of all types stand in one table; each is given its own values only.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly codec?: Codec<any>;
};

/**
 * A record under short names, for an item is paid for by its kilobytes, names included. A field that the table does not name
 * is stored in full, under its own name with a plus sign before it: what is added to a type is never lost. What the item says
 * `elsewhere` is left out.
 */
export function recordOf<Value extends object>(
  fields: Readonly<Partial<Record<keyof Value & string, Field>>>,
  elsewhere: readonly string[] = [],
): Codec<Value> {
  const byName = new Map(Object.entries<Field | undefined>(fields));
  return {
    pack(value) {
      const packed = Object.entries(value).flatMap(([name, of]) => {
        const field = byName.get(name);
        if (elsewhere.includes(name)) return [];
        if (field === undefined) return [[`+${name}`, of]];
        if ('usual' in field && same(of, field.usual)) return [];
        return [[field.as, of !== null && field.codec ? field.codec.pack(of) : of]];
      });
      return Object.fromEntries(packed) as unknown;
    },
    unpack(packed) {
      const stored = packed as Readonly<Record<string, unknown>>;
      const value: Record<string, unknown> = {};
      for (const [name, field] of byName) {
        if (field === undefined) continue;
        const of = stored[field.as];
        if (of !== undefined) value[name] = of !== null && field.codec ? field.codec.unpack(of) : of;
        else if ('usual' in field) value[name] = field.usual;
      }
      for (const [name, of] of Object.entries(stored)) if (name.startsWith('+')) value[name.slice(1)] = of;
      return value as Value;
    },
  };
}

/** A list of what `codec` packs. */
export function listOf<Value>(codec: Codec<Value>): Codec<readonly Value[]> {
  return {
    pack: (values) => values.map(codec.pack),
    unpack: (packed) => (packed as readonly unknown[]).map(codec.unpack),
  };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
