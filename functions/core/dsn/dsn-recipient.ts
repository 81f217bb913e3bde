import type { DsnRecipient } from './dsn.ts';
import type { Recipient } from '../email.ts';
import type { Evidence } from '../outcome.ts';
import type { EmailEvent } from '../timeline.ts';

type Said = Pick<DsnRecipient, 'action' | 'status' | 'diagnostic' | 'remoteMta'>;

/** The status of a refusal that names none (RFC 3463 §3), by its category. */
const statusOfCategory: Readonly<Partial<Record<string, string>>> = {
  invalid_recipient: '5.1.1',
  invalid_domain: '5.1.2',
  inactive_mailbox: '5.2.1',
  mailbox_full: '5.2.2',
  too_large: '5.3.4',
  network: '5.4.0',
  content: '5.6.0',
  spam: '5.7.1',
  policy: '5.7.1',
};

/** What a notification says of a recipient because of an event of its timeline. Pure. */
export function dsnRecipient(event: EmailEvent, recipient: Recipient): DsnRecipient {
  const last = event.attempt ?? recipient.attempts.at(-1) ?? null;
  return {
    mailbox: recipient.mailbox,
    ...saidOf(event, last),
    lastAttemptAt: last === null ? null : last.startedAt + last.durationMs,
  };
}

function saidOf({ type, bounce }: EmailEvent, last: Evidence | null): Said {
  const evidence = { diagnostic: diagnosticOf(last), remoteMta: last?.host ?? null };
  const stated = last?.reply?.enhancedCode ?? null;
  switch (type) {
    case 'email.delivered':
    case 'email.relayed':
      return {
        ...evidence,
        action: type === 'email.relayed' ? 'relayed' : 'delivered',
        status: fitting(stated, '2.0.0'),
      };
    case 'email.deferred':
      return { ...evidence, action: 'delayed', status: fitting(stated, '4.0.0') };
    // RFC 3463 §3.5, X.4.2: the connection was lost.
    case 'email.in_doubt':
      return { ...evidence, action: 'delayed', status: '4.4.2' };
    // X.4.7: its time has run out, whatever the last server said.
    case 'email.expired':
      return { ...evidence, action: 'failed', status: '4.4.7' };
    case 'email.suppressed':
      return { action: 'failed', status: '5.7.1', diagnostic: ours(bounce?.diagnostic), remoteMta: null };
    case 'email.bounced': {
      const usual = statusOfCategory[bounce?.category ?? ''] ?? '5.0.0';
      const status = fitting(bounce?.enhancedCode ?? null, usual);
      const { diagnostic, remoteMta } = bounce?.source === 'dsn' ? reported(bounce) : evidence;
      return { action: 'failed', status, diagnostic, remoteMta };
    }
    case 'email.failed':
    case 'email.queued':
    case 'email.scheduled':
    case 'email.complained':
    case 'email.canceled':
      return { ...evidence, action: 'failed', status: '5.3.0' };
  }
}

function diagnosticOf(last: Evidence | null): DsnRecipient['diagnostic'] {
  if (last === null) return null;
  const { reply, error } = last;
  // RFC 5321 §4.2: a reply may be three digits and nothing else.
  if (reply !== null) return { by: 'smtp', text: `${reply.code} ${reply.text}`.trim() };
  return ours(error?.detail);
}

// A report that came back gives the words of a server that we never spoke to.
function reported({
  diagnostic,
  remoteMta,
}: NonNullable<EmailEvent['bounce']>): Pick<Said, 'diagnostic' | 'remoteMta'> {
  const by = /^[245]\d\d(?:[ -]|$)/.test(diagnostic) ? 'smtp' : 'us';
  return { diagnostic: diagnostic === '' ? null : { by, text: diagnostic }, remoteMta };
}

function ours(text: string | undefined): DsnRecipient['diagnostic'] {
  return text === undefined || text === '' ? null : { by: 'us', text };
}

// RFC 3463 §2: the class repeats what the action says.
function fitting(stated: string | null, usual: string): string {
  return stated?.[0] === usual[0] ? (stated ?? usual) : usual;
}
