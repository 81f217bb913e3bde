import type { NamedMailbox } from '../../core/draft.ts';
import { limits } from '../../core/limits.ts';
import { addressOf, type Mailbox } from '../../core/mailbox.ts';
import { namedMailbox, parseNamedMailbox } from './named-mailbox.ts';
import type { FieldError } from '../problem.ts';
import type { MailboxInput, SendRequest } from './send-schema.ts';
import type { PlacedRecipient } from './suppression-check.ts';

type Kind = 'to' | 'cc' | 'bcc';
type Field = Kind | 'from' | 'reply_to';

/** Every mailbox of a request by field, and where each recipient stood in it; refused ones are missing and named in `errors`. */
export type Addressing = Readonly<Record<Field, readonly NamedMailbox[]>> & {
  readonly recipients: readonly PlacedRecipient[];
  readonly errors: readonly FieldError[];
};

/**
 * Reads all address fields. An address named twice among to, cc and bcc keeps its first place, so that nobody gets two
 * copies: the same local part, octet by octet, at the same A-label.
 */
export function readAddressing(request: SendRequest): Addressing {
  const errors: FieldError[] = [];
  const pointers = new Map<Mailbox, string>();
  const from = readField(request.from, 'from', errors, pointers);
  const all = {
    to: readField(request.to, 'to', errors, pointers),
    cc: readField(request.cc, 'cc', errors, pointers),
    bcc: readField(request.bcc, 'bcc', errors, pointers),
  };
  const reply_to = readField(request.reply_to, 'reply_to', errors, pointers);
  const count = all.to.length + all.cc.length + all.bcc.length;
  if (count > limits.recipientsPerEmail) {
    errors.push({
      pointer: '/to',
      code: 'too_big',
      detail: `to, cc and bcc have at most ${limits.recipientsPerEmail} addresses together.`,
    });
  }
  if (listOf(request.from).length !== 1) {
    errors.push({ pointer: '/from', code: 'invalid_value', detail: 'from is exactly one address.' });
  }
  if (listOf(request.to).length === 0) {
    errors.push({ pointer: '/to', code: 'required', detail: 'to has at least one address.' });
  }
  const seen = new Set<string>();
  const unique = (named: readonly NamedMailbox[]): readonly NamedMailbox[] =>
    named.filter(({ mailbox }) => seen.size < seen.add(addressOf(mailbox)).size);
  const kept = { to: unique(all.to), cc: unique(all.cc), bcc: unique(all.bcc) };
  const recipients = [...kept.to, ...kept.cc, ...kept.bcc].map(({ mailbox }) => ({
    mailbox,
    pointer: pointers.get(mailbox) ?? '/to',
  }));
  return { from, ...kept, reply_to, recipients, errors };
}

// What it reads it also puts into `pointers`, and what it refuses into `errors`.
function readField(
  value: SendRequest['cc'],
  field: Field,
  errors: FieldError[],
  pointers: Map<Mailbox, string>,
): readonly NamedMailbox[] {
  return listOf(value).flatMap((input, index) => {
    const place = Array.isArray(value) ? `/${field}/${index}` : `/${field}`;
    const read = typeof input === 'string' ? parseNamedMailbox(input) : namedMailbox(input.name ?? null, input.email);
    if (read.ok) {
      pointers.set(read.named.mailbox, place);
      return [read.named];
    }
    errors.push({ pointer: place, code: 'invalid_address', detail: read.why });
    return [];
  });
}

function listOf(value: SendRequest['cc']): readonly MailboxInput[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
