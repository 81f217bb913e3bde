import type { Context } from 'hono';

import type { Draft } from '../../core/draft.ts';
import type { Sendable } from '../../core/prepare.ts';
import { draftUnderRights } from '../../core/domains/sender-rights.ts';
import type { SuppressedMailboxes } from '../../core/suppression/suppressed-recipient.ts';
import { checkDraft, type Refusal } from './check-draft.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, validationDetail } from '../problem.ts';
import type { FieldCheck } from './refused-fields.ts';
import { type DraftResult, readDraft } from './send-draft.ts';
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

type FittingPorts = Pick<AppPorts, 'clock' | 'problemOfDraft' | 'makesUnsubscribeLinks'>;

/** Reads a request of the right form into a draft and asks everything there is to ask about it. */
export async function readSubmission(
  c: Context<AppEnv>,
  request: SendRequest,
  ports: AppPorts,
): Promise<SubmissionResult<Draft>> {
  const read = readFitting(request, ports);
  if (!read.ok) return invalid(read.errors);
  const { draft, recipients } = read;
  const { onSuppressed, dsn } = draft;
  const checked = await checkDraft(c, { senders: [draft.from.mailbox], recipients, onSuppressed, dsn }, ports);
  return checked.ok ? { ...checked, sendable: draftUnderRights(c.get('principal'), draft) } : checked;
}

/** What is asked of the fields of a request to send, for those that its form has not refused. */
export function sendCheck(ports: FittingPorts): FieldCheck<SendRequest> {
  return {
    standIns: { from: [], to: [], subject: '', html: '', text: '' },
    errorsOf(request) {
      const read = readFitting(request, ports);
      return read.ok ? [] : read.errors;
    },
  };
}

function readFitting(request: SendRequest, ports: FittingPorts): DraftResult {
  const { clock, problemOfDraft, makesUnsubscribeLinks } = ports;
  const read = readDraft(request, clock.now(), makesUnsubscribeLinks);
  const unfit = read.ok ? problemOfDraft(read.draft) : null;
  return unfit === null
    ? read
    : { ok: false, errors: [{ pointer: unfit.pointer, code: 'invalid_value', detail: unfit.why }] };
}

/** A refusal of fields; their pointers lead into the request's own body. */
export function invalid(errors: readonly FieldError[]): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code: 'validation_error', detail: validationDetail(errors), errors } };
}
