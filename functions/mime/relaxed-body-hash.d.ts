// The package types its front door only, which draws in a resolver and a validator; this module stands alone.
declare module 'mailauth/lib/dkim/body/relaxed.js' {
  import type { Buffer } from 'node:buffer';

  /** The body hash of RFC 6376 §3.4.4 ("relaxed"), fed in pieces of any size. */
  export class RelaxedHash {
    constructor(algorithm: 'sha256');
    update(chunk: Buffer): void;
    digest(encoding: 'base64'): string;
  }
}
