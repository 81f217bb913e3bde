import type { DsnRequest } from '../../functions/core/dsn/dsn.ts';
import type { Attempt, Bounce, Delivery, Email, Recipient } from '../../functions/core/email.ts';
import type { Reply } from '../../functions/core/outcome.ts';
import { admissionOf, mailboxOf, now } from '../contract/samples.ts';

export const asked: DsnRequest = {
  to: mailboxOf('ops@sender.example'),
  notify: ['failure', 'delay', 'success'],
  ret: 'headers',
  envid: null,
};

/** An attempt of a server that has answered with `reply`. */
export function attemptOf(outcome: Attempt['outcome'], at: number, reply: Reply | null, attempt = 1): Attempt {
  const host = reply === null ? null : 'mx.one.example';
  const error = reply === null ? { code: 'connection_lost', detail: 'The connection was lost.' } : null;
  const seen = { phase: 'rcpt' as const, host, ip: null, port: 25, tls: null, reply, error };
  return { ...seen, attempt, startedAt: at - 10, durationMs: 10, outcome };
}

/** A recipient that stands at `status` since `at`. */
export function recipientAt(
  address: string,
  status: Recipient['status'],
  at: number,
  more: Partial<Recipient> = {},
): Recipient {
  return {
    mailbox: mailboxOf(address),
    kind: 'to',
    position: 0,
    status,
    updatedAt: at,
    bounce: null,
    attempts: [],
    ...more,
  };
}

/** One who was refused at `at`. */
export function refusedAt(address: string, at: number, reply: Reply, position = 0): Recipient {
  const bounce: Bounce = {
    category: 'invalid_recipient',
    rule: 'enhanced-1-1',
    smtpCode: reply.code,
    enhancedCode: reply.enhancedCode,
    diagnostic: reply.text,
    remoteMta: 'mx.one.example',
    source: 'smtp',
  };
  return recipientAt(address, 'bounced', at, { position, bounce, attempts: [attemptOf('bounced', at, reply)] });
}

/** An email that asks for notifications, and its one delivery to these recipients. */
export function askedAbout(
  recipients: readonly Recipient[],
  changes: {
    readonly dsn?: Partial<DsnRequest>;
    readonly email?: Partial<Email>;
    readonly delivery?: Partial<Delivery>;
  } = {},
): { readonly email: Email; readonly delivery: Delivery } {
  const dsn = { ...asked, ...changes.dsn };
  const isOpen = recipients.some(({ status }) => status === 'open');
  const { email, deliveries } = admissionOf(['one.example'], {
    email: { createdAt: now, dsn, ...changes.email },
    delivery: {
      recipients,
      notify: dsn.notify,
      state: isOpen ? 'deferred' : 'ended',
      dueAt: isOpen ? now + 1 : null,
      ...changes.delivery,
    },
  });
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error('There is one delivery.');
  return { email, delivery };
}
