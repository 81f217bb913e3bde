import { readReturnedMail } from '../bounce/read-returned-mail.ts';
import type { ReturnedMail } from '../core/returned/returned-mail.ts';
import { mailParts } from '../mime/mail-parts.ts';

/** Reads a mail that came back from its bytes, whatever they are: takes it apart and names what it says. Never rejects. */
export async function returnedMailOf(message: Uint8Array): Promise<ReturnedMail> {
  return readReturnedMail(await mailParts(message));
}
