import type { Delivery, Email } from '../email.ts';
import type { Outcome } from '../outcome.ts';
import type { ReportedRecipient } from '../returned/returned-mail.ts';

/** What has become of an email, as it was just committed. */
export type DeliveryChange = {
  readonly email: Email;
  /** The deliveries as they stood; empty when the email was made by it. */
  readonly before: readonly Delivery[];
  /** The same deliveries as they stand, in order. */
  readonly next: readonly Delivery[];
  /** What the attempt came to, one entry per recipient that was open; absent where none was made here. */
  readonly outcomes?: readonly Outcome[];
  /** What the mail says that brought it about, if one did. */
  readonly reported?: readonly ReportedRecipient[];
};

/**
 * The log of deliveries, for those who count and search: unlike `Log`, it names people. Whoever has committed a change notes it
 * then, and never before, so that nothing stands in it which the record does not say.
 */
export interface DeliveryLog {
  /** Returns at once and never throws: a log that cannot be written holds up no mail. */
  note(change: DeliveryChange): void;
}
