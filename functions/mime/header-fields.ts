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
const unsubscribeNames = /^list-unsubscribe(?:-post)?$/i;

type Header = Draft['headers'][number];

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
    ...unsubscribeFields(draft).map((field) => ({ pointer: '/list_unsubscribe', text: customField(field) })),
    ...draft.headers
      .filter(({ name }) => fieldName.test(name) && !isWrittenByComposer(name, draft))
      .map(({ name, value }) => ({ pointer: pointerOf(name), text: customField({ name, value }) })),
  ];
}

/** Why a custom field cannot be written, or `null`: its name is none, or its value can neither be folded nor encoded. */
export function problemOfHeader({ name, value }: Header): string | null {
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

/** The fields by which a reader unsubscribes (RFC 2369 §3.2); one click is announced beside an https URL only (RFC 8058 §3.1). */
export function unsubscribeFields({ listUnsubscribe }: Draft): Header[] {
  if (listUnsubscribe === null) return [];
  const { url, mailto, oneClick } = listUnsubscribe;
  const uris = [url, mailto].flatMap((uri) => (uri === null ? [] : [`<${uri}>`]));
  // A link of ours is not there before the email has its id.
  if (uris.length === 0) return [];
  const field = { name: 'List-Unsubscribe', value: uris.join(', ') };
  return oneClick ? [field, { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' }] : [field];
}

/** The JSON pointer of a custom header. */
export function pointerOf(name: string): string {
  return `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isWrittenByComposer(name: string, draft: Draft): boolean {
  if (draft.replyTo.length > 0 && /^reply-to$/i.test(name)) return true;
  return ownNames.test(name) || (draft.listUnsubscribe !== null && unsubscribeNames.test(name));
}

function customField(header: Header): string {
  const { name, value } = header;
  return structured.test(name) && problemOfHeader(header) === null
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
