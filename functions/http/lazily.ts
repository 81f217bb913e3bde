/**
 * A value that is made when it is first asked for. Schemas are: most processes meet few of the routes before they end, and to
 * make the schemas of all of them takes a tenth of the start of a function.
 */
export function lazily<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => (made ??= make());
}
