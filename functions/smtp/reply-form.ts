import type { ServerReply } from './reply.ts';

const formCharacters = 200;
const enhanced = /^\d\.\d{1,3}\.\d{1,3}(?=\s|$)/;

/** The first line without what changes from one message to the next: addresses, queue names, times and sizes. */
export function formOf({ code, lines }: ServerReply): string {
  const text = (lines[0] ?? '').slice(0, formCharacters).toLowerCase();
  const status = enhanced.exec(text)?.[0] ?? '';
  const words = text.slice(status.length).replaceAll(/\S+/g, (word) => (/[\d@<]/.test(word) ? '#' : word));
  return `${code} ${status}${words}`;
}
