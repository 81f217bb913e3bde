import { canonicalAddress } from '../../core/canonical-address.ts';
import type { ProjectId } from '../../core/ids.ts';
import { addressOf, parseMailbox } from '../../core/mailbox.ts';
import type { Suppression } from '../../core/ports/suppressions.ts';
import { problemOfText } from '../sending/plain-text.ts';
import type { FieldError } from '../problem.ts';
import type { SuppressRequest } from './suppression-schema.ts';

export type SuppressionResult =
  | { readonly ok: true; readonly suppression: Suppression }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Makes the suppression of a request that has the right form, or says which fields are wrong. `pointer` leads to it in the body. Pure. */
export function readSuppression(
  request: SuppressRequest,
  pointer: string,
  projectId: ProjectId,
  now: number,
): SuppressionResult {
  const read = parseMailbox(request.email);
  const note = request.note ?? null;
  const expiresAt = typeof request.expires_at === 'string' ? Date.parse(request.expires_at) : null;
  const control = note === null ? null : problemOfText(note);
  const errors: FieldError[] = [];
  if (!read.ok) errors.push({ pointer: `${pointer}/email`, code: 'invalid_address', detail: read.why });
  if (control !== null) errors.push({ pointer: `${pointer}/note`, code: 'control_character', detail: control });
  if (expiresAt !== null && expiresAt <= now) {
    errors.push({ pointer: `${pointer}/expires_at`, code: 'too_small', detail: 'expires_at lies ahead.' });
  }
  if (!read.ok || errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    suppression: {
      projectId,
      address: addressOf(read.mailbox),
      canonical: canonicalAddress(read.mailbox),
      reason: request.reason ?? 'manual',
      note,
      createdAt: now,
      expiresAt,
    },
  };
}
