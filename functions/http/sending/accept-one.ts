import type { Context, TypedResponse } from 'hono';
import type * as z from 'zod';

import type { RepeatableAnswer } from '../../core/ports/admissions.ts';
import type { FoundEmail } from '../../core/ports/ledger.ts';
import type { Sendable } from '../../core/prepare.ts';
import type { Refusal } from './check-draft.ts';
import type { acceptedSchema } from '../emails/email-schema.ts';
import { acceptedView } from '../emails/email-view.ts';
import { replay } from '../idempotent.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import type { SubmissionResult } from './read-submission.ts';
import { warningOf } from './sender-check.ts';

type Accepted = z.infer<ReturnType<typeof acceptedSchema>>;

/** Accepts what was read and answers 202, or with the answer that was kept for the same Idempotency-Key. */
export async function acceptOne(
  c: Context<AppEnv>,
  { sendable, suppressed, unverified }: Extract<SubmissionResult<Sendable>, { ok: true }>,
  ports: AppPorts,
) {
  const request = c.get('idempotent');
  const keep = request && { request, render: keptAnswer(unverified) };
  const { projectId } = c.get('principal');
  const result = await ports.accept([{ sendable, suppressed, keep }], { projectId, keep: null });
  switch (result.kind) {
    case 'accepted': {
      const [accepted] = result.emails;
      if (accepted === undefined) throw new Error('Accepting one email answers with one.');
      c.set('accepted', accepted.email.id);
      return c.json(acceptedView(accepted.email, accepted.deliveries), 202);
    }
    case 'kept':
      return replay(c, result.request, result.kept) as Response & TypedResponse<Accepted, 202, 'json'>;
    case 'unavailable':
      return notStored(c);
  }
}

/** The answer to one email that is kept for its idempotency key, wherever the key stood. */
export function keptAnswer(unverified: boolean): (found: FoundEmail) => RepeatableAnswer {
  const warning = warningOf(unverified);
  return ({ email, deliveries }) => ({ status: 202, body: JSON.stringify(acceptedView(email, deliveries)), warning });
}

/** Answers with the refusal of an email. */
export function refuse(c: Context<AppEnv>, { code, detail, errors }: Refusal) {
  return problem(c, code, detail, errors === undefined ? {} : { errors });
}

/** Answers 503: the store has not taken it. */
export function notStored(c: Context<AppEnv>) {
  return problem(c, 'unavailable', 'The email could not be stored; nothing was accepted.', {
    headers: { 'Retry-After': '1' },
  });
}
