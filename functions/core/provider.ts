/** Who runs the mail host, as far as it makes a difference: those who take in most of the world's private mail. */
export type Provider = 'google' | 'microsoft' | 'yahoo' | 'apple' | 'other';

// What the names of their MX hosts end with, as found in DNS in 2026.
const suffixes: readonly (readonly [string, Provider])[] = [
  ['google.com', 'google'],
  ['googlemail.com', 'google'],
  ['outlook.com', 'microsoft'],
  ['hotmail.com', 'microsoft'],
  ['mx.microsoft', 'microsoft'],
  ['yahoodns.net', 'yahoo'],
  ['icloud.com', 'apple'],
  ['apple.com', 'apple'],
];

/** The provider that a mail host belongs to, by its name alone. Pure. */
export function providerOf(host: string): Provider {
  const name = host.toLowerCase();
  const found = suffixes.find(([suffix]) => name === suffix || name.endsWith(`.${suffix}`));
  return found?.[1] ?? 'other';
}
