import { randomBytes } from 'node:crypto';

import type { Attachment, Draft, NamedMailbox } from '../../functions/core/draft.ts';
import { parseMailbox, type Mailbox } from '../../functions/core/mailbox.ts';
import type { Random } from '../../functions/core/ports/random.ts';
import { createComposer } from '../../functions/mime/compose.ts';

export const random: Random = { bytes: (length) => randomBytes(length), fraction: () => 0.5 };

/** A short mail, with whatever a test wants to be different. */
export function draftWith(changes: Partial<Draft> = {}): Draft {
  return {
    from: named('ada@example.com', 'Ada'),
    to: [named('bob@example.net')],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: 'Tickets',
    html: null,
    text: 'See you there.',
    headers: [],
    attachments: [],
    tags: [],
    metadata: {},
    scheduledAt: null,
    expiresAt: null,
    listUnsubscribe: null,
    ownUnsubscribeLink: false,
    tls: 'opportunistic',
    onSuppressed: 'skip',
    onInDoubt: 'retry',
    test: false,
    ...changes,
  };
}

export function named(address: string, name: string | null = null): NamedMailbox {
  return { name, mailbox: mailbox(address) };
}

export function attachment(changes: Partial<Attachment> = {}): Attachment {
  return {
    filename: 'report.pdf',
    content: Buffer.from('%PDF'),
    contentType: 'application/pdf',
    contentId: null,
    disposition: 'attachment',
    ...changes,
  };
}

/** The composed message one character per octet, with its facts. */
export async function composed(changes: Partial<Draft> = {}) {
  const { bytes, facts } = await createComposer(random).compose(
    draftWith(changes),
    '<em_1@example.com>',
    1_700_000_000_000,
  );
  return { bytes, facts, wire: Buffer.from(bytes).toString('latin1') };
}

function mailbox(address: string): Mailbox {
  const result = parseMailbox(address);
  if (!result.ok) throw new Error(`${address}: ${result.why}`);
  return result.mailbox;
}
