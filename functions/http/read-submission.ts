import type { Context } from 'hono';

import type { Draft } from '../core/draft.ts';
import type { Sendable } from '../core/prepare.ts';
import { draftUnderRights } from '../core/sender-rights.ts';
import type { SuppressedMailboxes } from '../core/suppressed-recipient.ts';
import { checkDraft, type Refusal } from './check-draft.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { type FieldError, validationDetail } from './problem.ts';
import { readDraft } from './send-draft.ts';
import type { SendRequest } from './send-schema.ts';

/** A request to send that may be accepted, or why it may not. */
export type SubmissionResult<Of extends Sendable> =
  | {
      readonly ok: true;
      readonly sendable: Of;
      readonly suppressed: SuppressedMailboxes;
      /** The domain of a sender is nobody's, and the project allows that. */
      readonly unverified: boolean;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads a request of the right form into a draft and asks everything there is to ask about it. */
export async function readSubmission(
  c: Context<AppEnv>,
  request: SendRequest,
  ports: AppPorts,
): Promise<SubmissionResult<Draft>> {
  const read = readDraft(request, ports.clock.now());
  if (!read.ok) return invalid(read.errors);
  const { draft, recipients } = read;
  const unfit = ports.problemOfDraft(draft);
  if (unfit !== null) return invalid([{ pointer: unfit.pointer, code: 'invalid_value', detail: unfit.why }]);
  const { onSuppressed } = draft;
  const checked = await checkDraft(c, { senders: [draft.from.mailbox], recipients, onSuppressed }, ports);
  return checked.ok ? { ...checked, sendable: draftUnderRights(c.get('principal'), draft) } : checked;
}

/** A refusal of fields; their pointers lead into the request's own body. */
export function invalid(errors: readonly FieldError[]): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code: 'validation_error', detail: validationDetail(errors), errors } };
}
