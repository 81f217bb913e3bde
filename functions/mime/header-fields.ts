import type { Draft, NamedMailbox } from '../core/draft.ts';
import { limits } from '../core/limits.ts';
import { addressOf } from '../core/mailbox.ts';
import { foldedField, freeTextField, longestWord, phrase } from './header-text.ts';

const lineColumns = 78;
const fieldName = /^[!-9;-~]+$/;
// Fields with a grammar of their own: an encoded word would be read literally there (RFC 2047 §5).
const structured = /^(?:references|in-reply-to|list-.+|sender|resent-.+|auto-submitted|disposition-notification-to)$/i;
// What the composer writes itself, and what must not be in the bytes at all.
const ownNames = /^(?:from|to|cc|bcc|subject|message-id|date|mime-version|content-.*)$/i;

/** One header field of a draft as it goes on the wire, folded, without its last CRLF; `pointer` names where it came from. */
export type DraftField = { readonly pointer: string; readonly text: string };

/** The fields that a draft asks for, in their order on the wire; Message-ID, Date and the MIME fields are not among them. */
export function fieldsOfDraft(draft: Draft): DraftField[] {
  return [
    ...addressField('From', '/from', [draft.from]),
    ...addressField('To', '/to', draft.to),
    ...addressField('Cc', '/cc', draft.cc),
    ...addressField('Reply-To', '/reply_to', draft.replyTo),
    { pointer: '/subject', text: freeTextField('Subject', draft.subject) },
    ...draft.headers
      .filter(({ name }) => fieldName.test(name) && !isWrittenByComposer(name, draft))
      .map(({ name, value }) => ({ pointer: pointerOf(name), text: customField(name, value) })),
  ];
}

/** Why a custom field cannot be written, or `null`: its name is none, or its value can neither be folded nor encoded. */
export function problemOfHeader({ name, value }: Draft['headers'][number]): string | null {
  if (!fieldName.test(name)) return 'A header name consists of printable ASCII characters other than the colon.';
  if (name.length >= limits.lineOctets) return `A header name has less than ${limits.lineOctets} characters.`;
  if (!structured.test(name)) return null;
  if (!/^[ -~]*$/.test(value)) {
    return `The value of ${name} consists of printable ASCII characters; its syntax leaves no room for encoded words.`;
  }
  if (longestWord(value) >= limits.lineOctets) {
    return `A word in ${name} exceeds a line of ${limits.lineOctets} octets and may not be encoded or broken.`;
  }
  return null;
}

/** The JSON pointer of a custom header. */
export function pointerOf(name: string): string {
  return `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isWrittenByComposer(name: string, draft: Draft): boolean {
  return ownNames.test(name) || (draft.replyTo.length > 0 && /^reply-to$/i.test(name));
}

function customField(name: string, value: string): string {
  return structured.test(name) && problemOfHeader({ name, value }) === null
    ? foldedField(name, value)
    : freeTextField(name, value);
}

function addressField(name: string, pointer: string, mailboxes: readonly NamedMailbox[]): DraftField[] {
  if (mailboxes.length === 0) return [];
  let text = `${name}:`;
  let column = text.length;
  mailboxes.forEach((mailbox, index) => {
    const item = written(mailbox) + (index < mailboxes.length - 1 ? ',' : '');
    const fits = index === 0 || column + 1 + item.length <= lineColumns;
    text += fits ? ` ${item}` : `\r\n ${item}`;
    column = text.length - text.lastIndexOf('\n') - 1;
  });
  return [{ pointer, text }];
}

function written({ name, mailbox }: NamedMailbox): string {
  const address = addressOf(mailbox);
  return name === null || name.trim() === '' ? address : `${phrase(name)} <${address}>`;
}
