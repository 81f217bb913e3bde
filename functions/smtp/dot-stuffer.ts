const lineFeed = 10;
const carriageReturn = 13;
const dot = 46;
const cr = Buffer.from('\r');
const lf = Buffer.from('\n');
const dotBytes = Buffer.from('.');

/**
 * Makes content transparent for DATA (RFC 5321 §4.5.2), in pieces of any size. Every CR that leaves it is followed by LF
 * and every LF preceded by CR, whatever went in: an end-of-data that only a lenient server sees (CVE-2023-51764) cannot
 * be formed. Canonical content passes without a copy.
 */
export class DotStuffer {
  #lineStart = true;
  #afterCarriageReturn = false;

  /** The stuffed form of the next piece. */
  push(piece: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    let from = 0;
    let inLine = !this.#lineStart && !this.#afterCarriageReturn;
    for (let at = 0; at < piece.length; at++) {
      const octet = piece[at] ?? 0;
      if (inLine && octet > dot) continue;
      const inserted = this.#before(octet);
      inLine = !this.#lineStart && !this.#afterCarriageReturn;
      if (inserted === null) continue;
      out.push(piece.subarray(from, at), inserted);
      from = at;
    }
    out.push(from === 0 ? piece : piece.subarray(from));
    return out;
  }

  /** What ends the data: the dot line, and the line end before it if the content had none (RFC 5321 §4.1.1.4). */
  end(): Buffer {
    if (this.#afterCarriageReturn) return Buffer.from('\n.\r\n');
    return Buffer.from(this.#lineStart ? '.\r\n' : '\r\n.\r\n');
  }

  #before(octet: number): Buffer | null {
    const broken = this.#afterCarriageReturn && octet !== lineFeed;
    const starts = this.#lineStart || broken;
    const bare = octet === lineFeed && !this.#afterCarriageReturn;
    this.#afterCarriageReturn = octet === carriageReturn;
    this.#lineStart = octet === lineFeed;
    if (bare) return cr;
    if (starts && octet === dot) return broken ? Buffer.from('\n.') : dotBytes;
    return broken ? lf : null;
  }
}
