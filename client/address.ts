type Scalar = string | number | boolean;

/** Query parameters; a list stands for the same parameter several times, what is absent for none. */
export type Query = Readonly<Record<string, Scalar | readonly Scalar[] | null | undefined>>;

/** The address of an operation: its path with every `{parameter}` filled in, and its query. */
export function addressOf(base: string, path: string, places: Readonly<Record<string, string>>, query: Query): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  return `${base}${filled}${search === '' ? '' : `?${search}`}`;
}
