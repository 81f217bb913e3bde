import { bounds } from './bounds.ts';
import type { ServerReply } from './reply.ts';

/** What came of the octets given: a reply that ends before `next`, a need for more, or proof that this is no SMTP. */
export type ReadStep =
  | { readonly kind: 'reply'; readonly reply: ServerReply; readonly next: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly detail: string };

const lineFeed = 10;
const carriageReturn = 13;
// RFC 5321 §4.2 without the replies that no command has (1yz); text may be absent, and so may the separator.
const replyLine = /^([2-5]\d\d)(?:([ -])|$)/;
const more: ReadStep = { kind: 'more' };

/**
 * Reads replies out of octets in pieces of any size. Strict in what decides (three digits, one code on all lines), lenient
 * in what does not (a bare LF ends a line). Keeps at most `limitOctets` of an unfinished reply.
 */
export class ReplyReader {
  limitOctets: number = bounds.replyOctets;
  #partial = '';
  #octets = 0;
  #code: string | null = null;
  #lines: string[] = [];

  /** Reads from `offset` up to the end of the first reply, whatever follows it. After `malformed` the reader is of no use. */
  read(chunk: Buffer, offset: number): ReadStep {
    let from = offset;
    while (from < chunk.length) {
      const end = chunk.indexOf(lineFeed, from);
      const until = end < 0 ? chunk.length : end + 1;
      this.#octets += until - from;
      if (this.#octets > this.limitOctets) return malformed(`A reply is longer than ${this.limitOctets} octets.`);
      if (end < 0) {
        this.#partial += chunk.toString('latin1', from);
        return more;
      }
      const step = this.#line(this.#partial + chunk.toString('latin1', from, end), until);
      if (step !== null) return step;
      from = until;
    }
    return more;
  }

  #line(ended: string, next: number): ReadStep | null {
    this.#partial = '';
    const line = ended.charCodeAt(ended.length - 1) === carriageReturn ? ended.slice(0, -1) : ended;
    const parts = replyLine.exec(line);
    if (parts === null) return malformed('A reply line does not begin with a code between 200 and 599.');
    const code = parts[1] ?? '';
    if (this.#code !== null && this.#code !== code) return malformed('The lines of one reply carry different codes.');
    this.#code = code;
    this.#lines.push(line.slice(4));
    return parts[2] === '-' ? null : this.#finished(code, next);
  }

  #finished(code: string, next: number): ReadStep {
    const reply: ServerReply = { kind: 'reply', code: Number(code), lines: this.#lines };
    this.#code = null;
    this.#lines = [];
    this.#octets = 0;
    return { kind: 'reply', reply, next };
  }
}

function malformed(detail: string): ReadStep {
  return { kind: 'malformed', detail };
}
