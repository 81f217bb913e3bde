import { mxProviderOf } from './shaping/mx-group.ts';

/** Who runs the mail host, as far as what became of mail is counted by it: those who take in most of the world's private mail. */
export type Provider = 'google' | 'microsoft' | 'yahoo' | 'apple' | 'other';

const counted: readonly Provider[] = ['google', 'microsoft', 'yahoo', 'apple'];

/** The provider that a mail host belongs to, by its name alone. Pure. */
export function providerOf(host: string): Provider {
  const provider = mxProviderOf(host);
  return counted.find((name) => name === provider) ?? 'other';
}
