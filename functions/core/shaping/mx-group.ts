import { mxProviders } from './mx-providers.ts';

const providers: ReadonlyMap<string, string> = new Map(mxProviders);

/** Second labels under which countries let names be registered, as in `example.co.uk`. */
const registryLabels: ReadonlySet<string> = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'go',
  'gov',
  'gob',
  'gouv',
  'mil',
  'ne',
  'net',
  'nom',
  'or',
  'org',
]);

/** The provider of a mail host by its name alone, `null` for one that is not on the list. Pure. */
export function mxProviderOf(host: string): string | null {
  for (let name = plain(host); name !== ''; name = parentOf(name)) {
    const provider = providers.get(name);
    if (provider !== undefined) return provider;
  }
  return null;
}

/**
 * Whose limits a mail host stands under: its provider, or else what it shares with its siblings, the name without its first
 * label (`mx1.mail.example.com` and `mx2.mail.example.com` are `mail.example.com`). A name that has nothing above it but a
 * registry stands for itself, and so does an address. The words for providers have no dot, so that the two never meet. Pure.
 */
export function mxGroupOf(host: string): string {
  const name = plain(host);
  const provider = mxProviderOf(name);
  if (provider !== null) return provider;
  if (name.includes(':') || /^[\d.]+$/.test(name)) return name;
  const parent = parentOf(name);
  return isRegistry(parent) ? name : parent;
}

/** Every word for a provider, once. */
export const providerWords: readonly string[] = [...new Set(providers.values())];

function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}

// Without the public suffix list, which changes weekly: what it would tell apart are hosts that share more than a registry.
function isRegistry(name: string): boolean {
  const labels = name.split('.');
  const [second = '', top = ''] = labels;
  return labels.length < 2 || (labels.length === 2 && top.length === 2 && registryLabels.has(second));
}
