/** A map of so many entries at the most: a new one takes the place of the one that was set first. */
export function boundedMap<Value>(most: number) {
  const entries = new Map<string, Value>();
  return {
    get: (name: string): Value | undefined => entries.get(name),
    set(name: string, value: Value): void {
      entries.delete(name);
      const [oldest] = entries.size >= most ? entries.keys() : [];
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(name, value);
    },
    delete: (name: string): boolean => entries.delete(name),
  };
}
