import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import type { Attempt, Bounce, ContentFacts, Delivery, Email, Recipient } from '../core/email.ts';
import type { EmailId, ProjectId } from '../core/ids.ts';
import { addressOf, type Mailbox } from '../core/mailbox.ts';
import type { Reply, TlsEvidence } from '../core/outcome.ts';
import { type Codec, listOf, recordOf } from './dynamodb-compact.ts';

/** JSON above this length is compressed: below it, what is gained seldom changes the number of kilobytes. */
const plainBytes = 2_000;
/** An item holds 400 KB; this leaves room for its other attributes. */
const largestBytes = 300_000;
/** To what reply texts are shortened, step by step, should a far side have talked so much that a delivery would not fit. */
const shorterTexts = [200, 50, 0] as const;
const inflatedBytes = 64 * 1024 * 1024;

const mailbox: Codec<Mailbox> = { pack: addressOf, unpack: (packed) => mailboxOf(packed as string) };

const facts = recordOf<ContentFacts>({
  sizeBytes: { as: 's' },
  eightBit: { as: 'e', usual: false },
  utf8Headers: { as: 'u', usual: false },
});

type StoredEmail = Omit<Email, 'messageId' | 'fromDomain'> & {
  readonly messageId: string | null;
  readonly fromDomain: string | null;
};

const storedEmail = recordOf<StoredEmail>(
  {
    createdAt: { as: 'c' },
    messageId: { as: 'i', usual: null },
    from: { as: 'f' },
    subject: { as: 's' },
    fromDomain: { as: 'd', usual: null },
    sender: { as: 'm', codec: mailbox },
    dsn: { as: 'r' },
    about: { as: 'b' },
    scheduledAt: { as: 'h', usual: null },
    expiresAt: { as: 'x' },
    expiresAtGiven: { as: 'g', usual: false },
    tags: { as: 't', usual: [] },
    metadata: { as: 'y', usual: {} },
    tls: { as: 'l', usual: 'opportunistic' },
    onInDoubt: { as: 'o', usual: 'retry' },
    test: { as: 'q', usual: false },
    content: { as: 'n', codec: facts },
  },
  ['id', 'projectId'],
);

const tls = recordOf<TlsEvidence>({
  protocol: { as: 'p', usual: 'TLSv1.3' },
  cipher: { as: 'c', usual: 'TLS_AES_256_GCM_SHA384' },
  verified: { as: 'v', usual: true },
  policy: { as: 'o', usual: 'opportunistic' },
});

const reply = recordOf<Reply>({
  code: { as: 'c', usual: 250 },
  enhancedCode: { as: 'e', usual: null },
  text: { as: 't' },
});

const attempt = recordOf<Attempt>({
  attempt: { as: 'n', usual: 1 },
  startedAt: { as: 's' },
  durationMs: { as: 'm' },
  outcome: { as: 'o', usual: 'delivered' },
  phase: { as: 'p', usual: 'dot' },
  host: { as: 'h', usual: null },
  ip: { as: 'i', usual: null },
  port: { as: 'q', usual: 25 },
  tls: { as: 't', usual: null, codec: tls },
  reply: { as: 'r', usual: null, codec: reply },
  error: { as: 'e', usual: null },
});

const bounce = recordOf<Bounce>({
  category: { as: 'c' },
  rule: { as: 'r' },
  smtpCode: { as: 's', usual: null },
  enhancedCode: { as: 'e', usual: null },
  diagnostic: { as: 'd' },
  remoteMta: { as: 'm', usual: null },
  source: { as: 'o', usual: 'smtp' },
});

const recipients = listOf(
  recordOf<Recipient>({
    mailbox: { as: 'm', codec: mailbox },
    kind: { as: 'k', usual: 'to' },
    position: { as: 'p', usual: 0 },
    status: { as: 's', usual: 'open' },
    updatedAt: { as: 'u' },
    bounce: { as: 'b', usual: null, codec: bounce },
    complainedAt: { as: 'c' },
    attempts: { as: 'a', usual: [], codec: listOf(attempt) },
  }),
);

/** An email as text, without what its item says elsewhere: id and project. */
export function packEmail(email: Email): string {
  const stored: StoredEmail = {
    ...email,
    messageId: email.messageId === usualMessageId(email.id, email.fromDomain) ? null : email.messageId,
    fromDomain: email.fromDomain === email.sender?.domain ? null : email.fromDomain,
  };
  return JSON.stringify(storedEmail.pack(stored));
}

/** The email that `packEmail` has packed. */
export function unpackEmail(packed: string, id: EmailId, projectId: ProjectId): Email {
  const stored = storedEmail.unpack(JSON.parse(packed));
  const fromDomain = stored.fromDomain ?? stored.sender?.domain ?? '';
  return { ...stored, id, projectId, fromDomain, messageId: stored.messageId ?? usualMessageId(id, fromDomain) };
}

/** The recipients of a delivery: text, or bytes once they are long. Reply texts give way before an item gets too large. */
export function packRecipients(delivery: Delivery): { readonly S: string } | { readonly B: Uint8Array } {
  for (const texts of [Infinity, ...shorterTexts]) {
    const text = JSON.stringify(recipients.pack(shortened(delivery.recipients, texts)));
    if (Buffer.byteLength(text) <= plainBytes) return { S: text };
    const bytes = zstdCompressSync(text);
    if (bytes.length <= largestBytes) return { B: bytes };
  }
  throw new Error(`The delivery ${delivery.id} is too large to be stored.`);
}

/** The recipients that `packRecipients` has packed. */
export function unpackRecipients(packed: { readonly S?: string; readonly B?: Uint8Array }): readonly Recipient[] {
  const text = packed.B ? zstdDecompressSync(packed.B, { maxOutputLength: inflatedBytes }).toString() : packed.S;
  return recipients.unpack(JSON.parse(text ?? '[]'));
}

function shortened(all: readonly Recipient[], characters: number): readonly Recipient[] {
  if (characters === Infinity) return all;
  return all.map((one) => ({
    ...one,
    attempts: one.attempts.map((made) =>
      made.reply === null ? made : { ...made, reply: { ...made.reply, text: made.reply.text.slice(0, characters) } },
    ),
  }));
}

function mailboxOf(address: string): Mailbox {
  const at = address.lastIndexOf('@');
  return { local: address.slice(0, at), domain: address.slice(at + 1) } as Mailbox;
}

function usualMessageId(id: EmailId, domain: string): string {
  return `<${id}@${domain}>`;
}
