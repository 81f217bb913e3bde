import type * as z from 'zod';

import type { Email } from '../../core/email.ts';
import { addressOf } from '../../core/mailbox.ts';
import type { EmailEvent } from '../../core/timeline.ts';
import { attemptView, bounceView } from './email-view.ts';
import type { eventSchema } from './event-schema.ts';

/** An event as the API shows it. Pure. */
export function eventView(
  email: Pick<Email, 'id' | 'tags' | 'metadata'>,
  event: EmailEvent,
): z.infer<ReturnType<typeof eventSchema>> {
  const { id, type, at, recipient, attempt, bounce } = event;
  return {
    id,
    object: 'event',
    type,
    created_at: new Date(at).toISOString(),
    email_id: email.id,
    recipient: addressOf(recipient),
    data: {
      ...(attempt !== null && { attempt: attemptView(attempt) }),
      ...(bounce !== null && { bounce: bounceView(bounce) }),
    },
    tags: [...email.tags],
    metadata: email.metadata,
  };
}
