import type { Attachment, Draft, NamedMailbox } from '../../core/draft.ts';
import type { Mailbox } from '../../core/mailbox.ts';
import { readAttachment } from './attachments.ts';
import { errorsOfDsnTo } from './dsn-request.ts';
import { problemOfHeaderField } from './header-fields.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import { problemOfText } from './plain-text.ts';
import type { FieldError } from '../problem.ts';
import { requestLimits } from '../request-limits.ts';
import { readAddressing } from './send-recipients.ts';
import { dsnPlace, readOptions } from './send-options.ts';
import type { SendRequest } from './send-schema.ts';
import type { PlacedRecipient } from './suppression-check.ts';
import { readUnsubscribe } from './unsubscribe.ts';

export type DraftResult =
  | { readonly ok: true; readonly draft: Draft; readonly recipients: readonly PlacedRecipient[] }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * Makes the draft of a request that has the right form, or says which fields are wrong. `makesLinks`: whether links for
 * unsubscribing can be made here. Pure; `now` in milliseconds.
 */
export function readDraft(request: SendRequest, now: number, makesLinks: boolean): DraftResult {
  const addressing = readAddressing(request);
  const files = readAttachments(request);
  const unsubscribe = readUnsubscribe(request, addressing.recipients.length, makesLinks);
  const options = readOptions(request, now);
  const errors = [
    ...addressing.errors,
    ...subjectErrors(request),
    ...headerErrors(request),
    ...unsubscribe.errors,
    ...files.errors,
    ...options.errors,
    ...errorsOfDsnTo(options.options.dsn, mailboxesOf(addressing.from), mailboxesOf(addressing.reply_to), dsnPlace),
  ];
  const [from] = addressing.from;
  if (errors.length > 0 || from === undefined) return { ok: false, errors };
  return {
    ok: true,
    recipients: addressing.recipients,
    draft: {
      from,
      to: addressing.to,
      cc: addressing.cc,
      bcc: addressing.bcc,
      replyTo: addressing.reply_to,
      subject: request.subject,
      html: request.html ?? null,
      text: request.text ?? null,
      headers: Object.entries(request.headers ?? {}).map(([name, value]) => ({ name, value })),
      attachments: files.attachments,
      listUnsubscribe: unsubscribe.listUnsubscribe,
      ownUnsubscribeLink: unsubscribe.ownLink,
      ...options.options,
    },
  };
}

function mailboxesOf(named: readonly NamedMailbox[]): Mailbox[] {
  return named.map(({ mailbox }) => mailbox);
}

function subjectErrors(request: SendRequest): readonly FieldError[] {
  const control = problemOfText(request.subject);
  const errors = control === null ? [] : [refused(['subject'], 'control_character', control)];
  const hasBody = typeof request.html === 'string' || typeof request.text === 'string';
  return hasBody ? errors : [...errors, refused(['text'], 'required', 'An email has html, text or both.')];
}

function headerErrors(request: SendRequest): readonly FieldError[] {
  const fields = Object.entries(request.headers ?? {});
  if (fields.length > requestLimits.headers) {
    return [refused(['headers'], 'too_big', `An email has at most ${requestLimits.headers} header fields of its own.`)];
  }
  const seen = new Set<string>();
  return fields.flatMap(([name, value]) => {
    const twice = seen.size === seen.add(name.toLowerCase()).size;
    const problem = twice ? 'This header field is given twice, in another case.' : problemOfHeaderField(name, value);
    return problem === null ? [] : [refused(['headers', name], 'invalid_header', problem)];
  });
}

function readAttachments(request: SendRequest): {
  readonly attachments: readonly Attachment[];
  readonly errors: readonly FieldError[];
} {
  const attachments: Attachment[] = [];
  const errors: FieldError[] = [];
  for (const [index, input] of (request.attachments ?? []).entries()) {
    const read = readAttachment(input, `/attachments/${index}`);
    if (read.ok) attachments.push(read.attachment);
    else errors.push(...read.errors);
  }
  return { attachments, errors };
}

function refused(path: readonly PropertyKey[], code: string, detail: string): FieldError {
  return { pointer: jsonPointer(path), code, detail };
}
