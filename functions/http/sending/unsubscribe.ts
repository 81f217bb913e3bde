import type { Draft } from '../../core/draft.ts';
import { parseMailbox } from '../../core/mailbox.ts';
import { countPlaceholders, unsubscribePlaceholder } from '../../core/suppression/unsubscribe-link.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import type { FieldError } from '../problem.ts';
import { requestLimits } from '../request-limits.ts';
import type { SendRequest } from './send-schema.ts';

type Input = NonNullable<SendRequest['list_unsubscribe']>;

/** How a reader unsubscribes, as a request says it; with errors it is `null`. */
export type Unsubscribe = {
  readonly listUnsubscribe: Draft['listUnsubscribe'];
  /** Whether the link is to be Postern's own. */
  readonly ownLink: boolean;
  readonly errors: readonly FieldError[];
};

// RFC 2369 §2: a URI stands in angle brackets and several are parted by commas; software exists that looks for the comma alone.
const mayStandInBrackets = /^[!-+\--;=?-~]+$/;
const addressOfMailto = /^mailto:([^?#]+)(?:\?([^#]*))?$/i;
// The fields that a mail program may take from a link (RFC 6068 §4); others could add recipients.
const safeMailtoFields = new Set(['subject', 'body']);
const ownFields = new Set(['list-unsubscribe', 'list-unsubscribe-post']);

/**
 * Reads `list_unsubscribe` (RFC 2369 §3.2, RFC 8058 §3.1). `mailto` becomes a URI; `one_click` is true by default for an https
 * URL. Without a URL it asks for a link of ours: whether there can be one `makesLinks` says, and `recipients`, of whom there are
 * so many. Pure.
 */
export function readUnsubscribe(request: SendRequest, recipients: number, makesLinks: boolean): Unsubscribe {
  const input = request.list_unsubscribe ?? null;
  if (input === null) return { listUnsubscribe: null, ownLink: false, errors: [] };
  const url = input.url ?? null;
  const mailto = input.mailto ?? null;
  const uri = mailto === null ? null : mailtoUri(mailto);
  const ownLink = url === null && input.one_click === true;
  const errors = [
    ...(url === null && mailto === null && !ownLink
      ? [refused('', 'required', 'list_unsubscribe has a url, a mailto or both, or one_click alone.')]
      : []),
    ...refusal('/url', url === null ? null : problemOfUrl(url)),
    ...refusal('/mailto', uri === null || uri.ok ? null : uri.why),
    ...(ownLink ? problemsOfOwnLink(request, recipients, makesLinks) : refusal('/one_click', problemOfOneClick(input))),
    ...Object.keys(request.headers ?? {}).flatMap(problemBeside),
  ];
  if (errors.length > 0) return { listUnsubscribe: null, ownLink: false, errors };
  const oneClick = input.one_click ?? (url !== null && isHttps(url));
  return { listUnsubscribe: { url, mailto: uri?.ok === true ? uri.uri : null, oneClick }, ownLink, errors };
}

function problemOfUrl(url: string): string | null {
  const form = problemOfForm(url);
  if (form !== null) return form;
  const parsed = URL.parse(url);
  const isWeb = parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:');
  if (!isWeb || !/^https?:\/\/[^/]/i.test(url))
    return 'Expected an https or http URL, such as https://example.com/unsubscribe.';
  return parsed.username === '' && parsed.password === '' ? null : 'A user or password in the URL is not accepted.';
}

// RFC 8058 §3.1: the URL of one click is https.
function problemOfOneClick({ url, one_click }: Input): string | null {
  if (one_click !== true || (typeof url === 'string' && isHttps(url))) return null;
  return 'One-click unsubscribing needs an https url (RFC 8058 section 3.1), or none for a link of Postern itself.';
}

// The content of an email is the same for all of its recipients, so that a link in it can speak for one only.
function problemsOfOwnLink({ html, text }: SendRequest, recipients: number, makesLinks: boolean): FieldError[] {
  if (!makesLinks) {
    const detail =
      'There is no link of Postern itself without POSTERN_PUBLIC_URL, its public address: set it, or give a url of yours.';
    return [refused('/one_click', 'invalid_value', detail)];
  }
  if (recipients > 1) {
    const detail = `A link of Postern itself speaks for one recipient, and this email has ${recipients}: send one email to each, as a batch.`;
    return [refused('/one_click', 'invalid_value', detail)];
  }
  const most = requestLimits.unsubscribePlaceholders;
  return Object.entries({ html, text }).flatMap(([name, body]) =>
    countPlaceholders(body ?? '') <= most
      ? []
      : [{ pointer: `/${name}`, code: 'too_big', detail: `${unsubscribePlaceholder} may stand there ${most} times.` }],
  );
}

function mailtoUri(
  text: string,
): { readonly ok: true; readonly uri: string } | { readonly ok: false; readonly why: string } {
  if (!/^mailto:/i.test(text)) {
    const read = parseMailbox(text);
    if (!read.ok) return read;
    return { ok: true, uri: `mailto:${encodeURIComponent(read.mailbox.local)}@${read.mailbox.domain}` };
  }
  const why = problemOfForm(text) ?? problemOfMailto(text);
  return why === null ? { ok: true, uri: text } : { ok: false, why };
}

function problemOfMailto(uri: string): string | null {
  const [, address = '', fields = ''] = addressOfMailto.exec(uri) ?? [];
  const decoded = [address, ...fields.split('&')].map(decodedOnce);
  if (decoded.some((part) => part === null || /[\x00-\x1f\x7f]/.test(part))) {
    return 'The mailto: URI holds an escape that is none, or that stands for a control character.';
  }
  const read = parseMailbox(decoded[0] ?? '');
  if (!read.ok) return read.why;
  const names = fields === '' ? [] : fields.split('&').map((field) => field.split('=', 1)[0]?.toLowerCase() ?? '');
  return names.every((name) => safeMailtoFields.has(name))
    ? null
    : 'A mailto: URI takes subject and body, and no other field.';
}

function decodedOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function problemOfForm(uri: string): string | null {
  if (uri.length > requestLimits.unsubscribeCharacters) {
    return `At most ${requestLimits.unsubscribeCharacters} characters fit on a line.`;
  }
  if (mayStandInBrackets.test(uri)) return null;
  return 'Expected printable ASCII without spaces, commas and angle brackets; percent-encode what else there is.';
}

function problemBeside(name: string): FieldError[] {
  if (!ownFields.has(name.toLowerCase())) return [];
  const detail = 'This header field is written from list_unsubscribe; give one of the two.';
  return [{ pointer: jsonPointer(['headers', name]), code: 'invalid_header', detail }];
}

function isHttps(url: string): boolean {
  return /^https:/i.test(url);
}

function refusal(place: string, detail: string | null): FieldError[] {
  return detail === null ? [] : [refused(place, 'invalid_value', detail)];
}

function refused(place: string, code: string, detail: string): FieldError {
  return { pointer: `/list_unsubscribe${place}`, code, detail };
}
