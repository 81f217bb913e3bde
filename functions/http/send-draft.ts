import type { Attachment, Draft } from '../core/draft.ts';
import { readAttachment } from './attachments.ts';
import { problemOfHeaderField } from './header-fields.ts';
import { jsonPointer } from './json-pointer.ts';
import { problemOfText } from './plain-text.ts';
import type { FieldError } from './problem.ts';
import { requestLimits } from './request-limits.ts';
import { readAddressing } from './send-recipients.ts';
import type { SendRequest } from './send-schema.ts';
import type { PlacedRecipient } from './suppression-check.ts';
import { readUnsubscribe } from './unsubscribe.ts';

export type DraftResult =
  | { readonly ok: true; readonly draft: Draft; readonly recipients: readonly PlacedRecipient[] }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Makes the draft of a request that has the right form, or says which fields are wrong. Pure; `now` in milliseconds. */
export function readDraft(request: SendRequest, now: number): DraftResult {
  const addressing = readAddressing(request);
  const files = readAttachments(request);
  const unsubscribe = readUnsubscribe(request);
  const errors = [
    ...addressing.errors,
    ...subjectErrors(request),
    ...headerErrors(request),
    ...unsubscribe.errors,
    ...files.errors,
    ...labelErrors(request),
    ...timeErrors(request, now),
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
      tags: request.tags ?? [],
      metadata: request.metadata ?? {},
      scheduledAt: timeOf(request.scheduled_at),
      expiresAt: timeOf(request.expires_at),
      listUnsubscribe: unsubscribe.listUnsubscribe,
      tls: request.tls ?? 'opportunistic',
      onSuppressed: request.on_suppressed ?? 'skip',
      onInDoubt: request.on_in_doubt ?? 'retry',
      test: request.test ?? false,
    },
  };
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

function labelErrors(request: SendRequest): readonly FieldError[] {
  const tags = (request.tags ?? []).flatMap((tag, index) =>
    isPrintable(tag) ? [] : [refused(['tags', index], 'invalid_value', 'A tag is made of printable ASCII characters.')],
  );
  const keys = Object.keys(request.metadata ?? {});
  if (keys.length > requestLimits.metadataKeys) {
    return [...tags, refused(['metadata'], 'too_big', `metadata has at most ${requestLimits.metadataKeys} keys.`)];
  }
  const wrong = keys.filter((key) => key.length > requestLimits.metadataKeyCharacters || !isPrintable(key));
  const rule = `A key has 1 to ${requestLimits.metadataKeyCharacters} printable ASCII characters.`;
  return [...tags, ...wrong.map((key) => refused(['metadata', key], 'invalid_value', rule))];
}

function timeErrors(request: SendRequest, now: number): readonly FieldError[] {
  const scheduledAt = timeOf(request.scheduled_at);
  const expiresAt = timeOf(request.expires_at);
  const errors: FieldError[] = [];
  if (scheduledAt !== null && scheduledAt > now + requestLimits.scheduleAheadMs) {
    errors.push(refused(['scheduled_at'], 'too_big', 'scheduled_at is at most 30 days ahead.'));
  }
  const start = Math.max(now, scheduledAt ?? now);
  if (expiresAt !== null && expiresAt <= start) {
    errors.push(refused(['expires_at'], 'too_small', 'expires_at is after now and after scheduled_at.'));
  }
  if (expiresAt !== null && expiresAt > start + requestLimits.lifetimeMs) {
    errors.push(refused(['expires_at'], 'too_big', 'expires_at is at most 30 days after now, or after scheduled_at.'));
  }
  return errors;
}

function timeOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Date.parse(text);
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

function refused(path: readonly PropertyKey[], code: string, detail: string): FieldError {
  return { pointer: jsonPointer(path), code, detail };
}
