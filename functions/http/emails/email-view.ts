import type * as z from 'zod';

import type { Attempt, Bounce, Delivery, Email, Recipient } from '../../core/email.ts';
import { emailStatus, recipientStatus } from '../../core/email-status.ts';
import { addressOf } from '../../core/mailbox.ts';
import type { acceptedSchema, emailSchema } from './email-schema.ts';

type EmailView = z.infer<ReturnType<typeof emailSchema>>;
type AcceptedView = z.infer<ReturnType<typeof acceptedSchema>>;
type RecipientView = EmailView['recipients'][number];

/** An email as `GET /v1/emails/{id}` shows it. Pure. */
export function emailView(email: Email, deliveries: readonly Delivery[]): EmailView {
  const recipients = recipientViews(deliveries);
  return {
    id: email.id,
    object: 'email',
    status: emailStatus(deliveries),
    message_id: email.messageId,
    from: email.from,
    subject: email.subject,
    created_at: iso(email.createdAt),
    scheduled_at: email.scheduledAt === null ? null : iso(email.scheduledAt),
    expires_at: iso(email.expiresAt),
    tags: [...email.tags],
    metadata: email.metadata,
    test: email.test,
    dsn: email.dsn ? { ...email.dsn, notify: [...email.dsn.notify], to: addressOf(email.dsn.to) } : null,
    about: email.about ?? null,
    recipients,
  };
}

/** An email as the answer to its request shows it. Pure. */
export function acceptedView(email: Email, deliveries: readonly Delivery[]): AcceptedView {
  const recipients = recipientViews(deliveries);
  return {
    id: email.id,
    object: 'email',
    status: emailStatus(deliveries),
    message_id: email.messageId,
    created_at: iso(email.createdAt),
    recipients: recipients.map((recipient) => ({ email: recipient.email, status: recipient.status })),
  };
}

function recipientViews(deliveries: readonly Delivery[]): RecipientView[] {
  return deliveries
    .flatMap((delivery) => delivery.recipients.map((recipient) => ({ recipient, delivery })))
    .toSorted((a, b) => a.recipient.position - b.recipient.position)
    .map(({ recipient, delivery }) => recipientView(recipient, delivery));
}

function recipientView(recipient: Recipient, delivery: Delivery): RecipientView {
  const status = recipientStatus(recipient, delivery);
  const waits = status === 'deferred' || status === 'scheduled';
  return {
    email: addressOf(recipient.mailbox),
    kind: recipient.kind,
    status,
    updated_at: iso(recipient.updatedAt),
    next_attempt_at: waits && delivery.dueAt !== null ? iso(delivery.dueAt) : null,
    bounce: recipient.bounce && bounceView(recipient.bounce),
    attempts: recipient.attempts.map(attemptView),
  };
}

/** A bounce in the words of the API. Pure. */
export function bounceView(bounce: Bounce): NonNullable<RecipientView['bounce']> {
  return {
    category: bounce.category,
    smtp_code: bounce.smtpCode,
    enhanced_code: bounce.enhancedCode,
    diagnostic: bounce.diagnostic,
    rule: bounce.rule,
    remote_mta: bounce.remoteMta,
    source: bounce.source,
  };
}

/** An attempt in the words of the API. Pure. */
export function attemptView(attempt: Attempt): RecipientView['attempts'][number] {
  const { reply } = attempt;
  return {
    attempt: attempt.attempt,
    started_at: iso(attempt.startedAt),
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    phase: attempt.phase,
    host: attempt.host,
    ip: attempt.ip,
    port: attempt.port,
    tls: attempt.tls,
    reply: reply && { code: reply.code, enhanced_code: reply.enhancedCode, text: reply.text },
    error: attempt.error,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
