import type { ProjectId } from './ids.ts';
import type {
  Admission,
  Admissions,
  AnswerToKeep,
  IdempotentRequest,
  KeptAnswer,
  RepeatableAnswer,
} from './ports/admissions.ts';
import type { DeliveryLog } from './ports/delivery-log.ts';
import type { FoundEmail } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import { prepare, type PreparePorts, type Sendable } from './prepare.ts';
import type { SuppressedMailboxes } from './suppression/suppressed-recipient.ts';

export type AcceptPorts = PreparePorts & {
  readonly admissions: Admissions;
  readonly log: Log;
  readonly deliveryLog?: DeliveryLog;
};

/** How the answer reads that is kept for a request's idempotency key, once it is known what was accepted. */
export type Keep<Accepted> = {
  readonly request: IdempotentRequest;
  readonly render: (accepted: Accepted) => RepeatableAnswer;
};

/** One email to accept. */
export type Submission = {
  readonly sendable: Sendable;
  /** Recipients that the project no longer mails: they end as `suppressed` here and now. */
  readonly suppressed: SuppressedMailboxes;
  readonly keep: Keep<FoundEmail> | null;
};

/** Who asks, and the answer kept for the request as a whole. */
export type AcceptContext = {
  readonly projectId: ProjectId;
  readonly keep: Keep<readonly FoundEmail[]> | null;
};

/**
 * `accepted`: one email a submission, in order. `kept`: the key of `request` has been used before, here is what was answered
 * then. With `kept` and `unavailable` nothing was accepted, and the same request may come again.
 */
export type AcceptResult =
  | { readonly kind: 'accepted'; readonly emails: readonly FoundEmail[] }
  | { readonly kind: 'kept'; readonly request: IdempotentRequest; readonly kept: KeptAnswer }
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Accepts all of the submissions or none: prepares each, and answers `accepted` only when rows, jobs, content and kept
 * answers are durable. Throws only for a bug.
 */
export async function accept(
  submissions: readonly Submission[],
  context: AcceptContext,
  ports: AcceptPorts,
): Promise<AcceptResult> {
  const admissions: Admission[] = [];
  // One after the other: composing takes several times the memory that its result does.
  for (const { sendable, suppressed } of submissions) {
    admissions.push(await prepare(sendable, suppressed, context.projectId, ports));
  }
  const answers = answersOf(submissions, admissions, context);
  try {
    const admitted = await ports.admissions.admit(admissions, answers, ports.clock.now());
    if (admitted.kind === 'taken') return { kind: 'kept', request: admitted.request, kept: admitted.kept };
    for (const { email, deliveries } of admissions) ports.deliveryLog?.note({ email, before: [], next: deliveries });
    return { kind: 'accepted', emails: admissions };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    ports.log.error('accept_refused', { why });
    return { kind: 'unavailable', why };
  }
}

function answersOf(
  submissions: readonly Submission[],
  admissions: readonly Admission[],
  context: AcceptContext,
): AnswerToKeep[] {
  const each = admissions.map((admission, index) => answerOf(submissions[index]?.keep ?? null, admission));
  return [...each, answerOf(context.keep, admissions)].filter((answer) => answer !== null);
}

function answerOf<Accepted>(keep: Keep<Accepted> | null, accepted: Accepted): AnswerToKeep | null {
  return keep && { request: keep.request, ...keep.render(accepted) };
}
