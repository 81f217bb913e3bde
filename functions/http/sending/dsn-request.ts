import * as z from 'zod';

import { dsnKinds, type DsnRequest } from '../../core/dsn/dsn.ts';
import { limits } from '../../core/limits.ts';
import { addressOf, type Mailbox, parseMailbox } from '../../core/mailbox.ts';
import { lazily } from '../lazily.ts';
import type { FieldError } from '../problem.ts';
import { strictObject } from '../reading/strict-object.ts';

/** Whom to tell by mail, in the words of RFC 3461. */
export const dsnSchema = lazily(() =>
  strictObject({
    to: z.string().meta({
      examples: ['ops@example.com'],
      description:
        'Who is told: an address at the domain of from (for raw messages: of From, Sender or the envelope), or one of reply_to.',
    }),
    notify: z
      .array(z.enum(dsnKinds))
      .min(1)
      .nullish()
      .meta({
        examples: [['failure', 'delay']],
        description:
          'What of: failure (the default), delay (once, when an attempt fails more than 3 hours after the start), success.',
      }),
    ret: z
      .enum(['headers', 'full'])
      .nullish()
      .meta({ description: 'How much of the email a notification of a failure holds. headers when absent.' }),
    envid: z
      .string()
      .nullish()
      .meta({
        examples: ['order-4711'],
        maxLength: limits.envidCharacters,
        description: 'Comes back as Original-Envelope-Id: printable ASCII. The id of the email when absent.',
      }),
  }).meta({
    id: 'DeliveryStatusNotification',
    description: 'Who is told by mail what becomes of the email (RFC 3461, RFC 3464).',
  }),
);

export type DsnInput = z.infer<ReturnType<typeof dsnSchema>>;

/** Reads what is asked for; `place` stands before the names of its fields in pointers. Pure. */
export function readDsn(
  input: DsnInput | null | undefined,
  place: string,
): { readonly dsn: DsnRequest | null; readonly errors: readonly FieldError[] } {
  if (input === null || input === undefined) return { dsn: null, errors: [] };
  const read = parseMailbox(input.to);
  const envid = input.envid ?? null;
  const errors: FieldError[] = [];
  if (!read.ok) errors.push({ pointer: `${place}to`, code: 'invalid_address', detail: read.why });
  if (envid !== null && !isEnvelopeId(envid)) {
    const detail = `envid has 1 to ${limits.envidCharacters} printable ASCII characters.`;
    errors.push({ pointer: `${place}envid`, code: 'invalid_value', detail });
  }
  if (!read.ok || errors.length > 0) return { dsn: null, errors };
  const asked = new Set(input.notify ?? ['failure']);
  const notify = dsnKinds.filter((kind) => asked.has(kind));
  return { dsn: { to: read.mailbox, notify, ret: input.ret ?? 'headers', envid }, errors };
}

/**
 * Nobody can have notifications sent to strangers: they go to the domain of a sender, or to an address that readers are asked to
 * answer to. Pure.
 */
export function errorsOfDsnTo(
  dsn: DsnRequest | null | undefined,
  senders: readonly Mailbox[],
  replyTo: readonly Mailbox[],
  place: string,
): readonly FieldError[] {
  if (!dsn) return [];
  const isOwn = senders.some(({ domain }) => domain === dsn.to.domain);
  if (isOwn || replyTo.some((mailbox) => addressOf(mailbox) === addressOf(dsn.to))) return [];
  const detail = 'Notifications go to an address at the domain of the sender, or to one of reply_to.';
  return [{ pointer: `${place}to`, code: 'invalid_value', detail }];
}

// Space is printable, and stands at no end of a field's value.
function isEnvelopeId(text: string): boolean {
  return text.length <= limits.envidCharacters && /^[!-~]+(?: [!-~]+)*$/.test(text);
}
