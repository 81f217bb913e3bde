import { type Environment, refuse, valueOf } from './environment.ts';

/** One signing key: `key` is a private key in PEM. */
export type DkimKey = { readonly domain: string; readonly selector: string; readonly key: string };

/** Where the DKIM keys are: nowhere, in a directory, or in the setting itself. */
export type DkimSettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'keys'; readonly keys: readonly DkimKey[] };

const name = 'POSTERN_DKIM_KEYS';

/** Reads a path, or JSON of one `{domain, selector, key}` or an array of them. */
export function readDkim(environment: Environment): DkimSettings {
  const value = valueOf(environment, name);
  if (value === null) return { kind: 'none' };
  if (!/^[[{]/.test(value)) return { kind: 'directory', path: value };
  const parsed = parsedJson(value);
  const keys: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return keys.length > 0 && keys.every(isDkimKey) ? { kind: 'keys', keys } : refuseKeys();
}

function parsedJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return refuseKeys();
  }
}

function isDkimKey(value: unknown): value is DkimKey {
  if (typeof value !== 'object' || value === null) return false;
  const fields = Object.entries(value);
  return (
    fields.length === 3 &&
    fields.every(
      ([key, text]) => ['domain', 'selector', 'key'].includes(key) && typeof text === 'string' && text !== '',
    )
  );
}

function refuseKeys(): never {
  return refuse(
    name,
    null,
    'a directory, or a JSON array of objects with the strings domain, selector and key (a private key in PEM)',
  );
}
