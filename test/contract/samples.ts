import { systemRandom } from '../../functions/adapters/random-system.ts';
import type { Attempt, Delivery, Email, Recipient } from '../../functions/core/email.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import { newEmailId, type ProjectId } from '../../functions/core/ids.ts';
import { type Mailbox, parseMailbox } from '../../functions/core/mailbox.ts';
import type { Admission } from '../../functions/core/ports/admissions.ts';

export const project = 'prj_default' as ProjectId;
export const now = 1_800_000_000_000;

/** A complete admission with one queued delivery per domain; `changes` go to the email or to every delivery. */
export function admissionOf(
  domains: readonly string[] = ['one.example'],
  changes: {
    readonly email?: Partial<Email>;
    readonly delivery?: Partial<Delivery>;
    readonly content?: Uint8Array;
  } = {},
): Admission {
  const content = changes.content ?? Buffer.from('Subject: hello\r\n\r\nHello.\r\n');
  const id = newEmailId(changes.email?.createdAt ?? now, systemRandom);
  const email: Email = { ...emailOf(id, content.length), ...changes.email };
  const deliveries = domains.map((domain, index): Delivery => ({
    id: deliveryIdOf(email.id, index),
    emailId: email.id,
    projectId: email.projectId,
    domain,
    state: 'queued',
    version: 1,
    attempt: 0,
    claimedAt: null,
    dueAt: now + 60_000,
    recipients: [recipientOf(`bob@${domain}`)],
    ...changes.delivery,
  }));
  return { email, deliveries, content };
}

export function mailboxOf(address: string): Mailbox {
  const parsed = parseMailbox(address);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.mailbox;
}

/** An open recipient with one finished attempt, whose reply is as awkward as a reply can be. */
export function recipientOf(address: string): Recipient {
  const attempt: Attempt = {
    phase: 'rcpt',
    host: 'mx.one.example',
    ip: '192.0.2.1',
    port: 25,
    tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: false, policy: 'opportunistic' },
    reply: {
      code: 450,
      enhancedCode: '4.2.0',
      text: '"greylisted" \\ \u{1f4ed} \u0000 \ud800 \'; DROP TABLE email; --',
    },
    error: null,
    attempt: 1,
    startedAt: now - 1_000,
    durationMs: 12,
    outcome: 'deferred',
  };
  return {
    mailbox: mailboxOf(address),
    kind: 'to',
    position: 0,
    status: 'open',
    updatedAt: now,
    bounce: null,
    attempts: [attempt],
  };
}

function emailOf(id: Email['id'], sizeBytes: number): Email {
  return {
    id,
    projectId: project,
    createdAt: now,
    messageId: `<${id}@sender.example>`,
    from: 'Älice <alice@sender.example>',
    subject: 'Hello \u{1f44b} "quoted" \\',
    fromDomain: 'sender.example',
    sender: mailboxOf('alice@sender.example'),
    scheduledAt: null,
    expiresAt: now + 5 * 86_400_000,
    expiresAtGiven: false,
    tags: ['welcome'],
    metadata: { order: '42', __proto__x: 'kept' },
    tls: 'opportunistic',
    onInDoubt: 'retry',
    test: false,
    content: { sizeBytes, eightBit: false, utf8Headers: false },
  };
}
