import { parseTagList } from '../tag-list.ts';

/**
 * Whether a published DKIM record (RFC 6376 §3.6.1) lets a verifier use the key of the record that was asked for. The order of
 * tags and white space do not matter; a revoked key (empty p=), another algorithm, a hash other than SHA-256 only, or another
 * service than email do. Pure.
 */
export function publishesKeyOf(published: string, asked: string): boolean {
  const found = parseTagList(published);
  const wanted = parseTagList(asked);
  if (found === null || wanted === null || !isVersion1(found)) return false;
  const key = keyOf(found);
  return (
    key !== '' &&
    key === keyOf(wanted) &&
    typeOf(found) === typeOf(wanted) &&
    lists(found.get('h'), ['sha256']) &&
    lists(found.get('s'), ['*', 'email'])
  );
}

// §3.6.1: v= is optional, and has to be the first tag when it is there.
function isVersion1(tags: ReadonlyMap<string, string>): boolean {
  const [first] = tags.keys();
  return tags.has('v') ? first === 'v' && tags.get('v') === 'DKIM1' : true;
}

function keyOf(tags: ReadonlyMap<string, string>): string {
  return (tags.get('p') ?? '').replaceAll(/[ \t\r\n]+/g, '').replace(/={1,2}$/, '');
}

function typeOf(tags: ReadonlyMap<string, string>): string {
  return tags.get('k') ?? 'rsa';
}

// An absent list restricts nothing.
function lists(value: string | undefined, accepted: readonly string[]): boolean {
  if (value === undefined) return true;
  return value.split(':').some((item) => accepted.includes(item.trim()));
}
