/** Encryption of small secrets at rest, under a key that is not in the store. */
export interface SecretBox {
  /** Encrypts and authenticates; `context` names what it is and whose, and has to be the same to open it. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws when the bytes were changed, or sealed under another key or context. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}
