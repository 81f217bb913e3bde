import { detectMimeType } from 'nodemailer/lib/mime-funcs';

import type { Attachment } from '../../core/draft.ts';
import { limits } from '../../core/limits.ts';
import { safeFilename } from '../../mime/safe-filename.ts';
import { decodeBase64 } from '../reading/base64.ts';
import { problemOfText } from './plain-text.ts';
import type { FieldError } from '../problem.ts';
import type { AttachmentInput } from './send-schema.ts';

export type AttachmentResult =
  | { readonly ok: true; readonly attachment: Attachment }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

// Composite types would let a part pose as the message's own structure (RFC 2046 §5).
const contentTypeForm =
  /^(?:text|image|audio|video|application|font|model)\/[a-z\d][a-z\d!#$&^_.+-]{0,126}(?:; ?(?:charset|method|component|format|profile|version)=[\w.:-]{1,64}){0,6}$/i;
// The id-left and id-right of RFC 5322 §3.6.4, in one.
const contentIdForm = /^[\w!#$%&'*+\-/=?^`{|}~.@]+$/;

/** An attachment with its content decoded and its name made safe; `pointer` leads to it in the body. */
export function readAttachment(input: AttachmentInput, pointer: string): AttachmentResult {
  const content = decodeBase64(input.content);
  const refusals: [field: string, code: string, detail: string | null][] = [
    ['filename', 'invalid_value', problemOfText(input.filename)],
    [
      'content',
      'invalid_base64',
      content === null ? 'Expected base64 (RFC 4648 section 4) with padding and without line breaks.' : null,
    ],
    ['content_type', 'invalid_value', problemOfContentType(input.content_type ?? null)],
    ['content_id', 'invalid_value', problemOfContentId(input.content_id ?? null)],
  ];
  const errors = refusals.flatMap(([field, code, detail]) =>
    detail === null ? [] : [{ pointer: `${pointer}/${field}`, code, detail }],
  );
  if (content === null || errors.length > 0) return { ok: false, errors };
  const filename = safeFilename(input.filename);
  const contentId = input.content_id ?? null;
  return {
    ok: true,
    attachment: {
      filename,
      content,
      contentType: input.content_type ?? guessedContentType(filename),
      contentId,
      disposition: input.disposition ?? (contentId === null ? 'attachment' : 'inline'),
    },
  };
}

function problemOfContentType(contentType: string | null): string | null {
  if (contentType === null || contentTypeForm.test(contentType)) return null;
  return 'Expected a type such as application/pdf or text/plain; charset=utf-8. The types multipart and message are not accepted.';
}

// A guess is held to the same rule: a saved message travels as plain octets.
function guessedContentType(filename: string): string {
  const guess = detectMimeType(filename);
  return contentTypeForm.test(guess) ? guess : 'application/octet-stream';
}

function problemOfContentId(contentId: string | null): string | null {
  if (contentId === null) return null;
  if (contentId.length > limits.filenameOctets) return `A content id has at most ${limits.filenameOctets} characters.`;
  return contentIdForm.test(contentId)
    ? null
    : 'A content id is made of ASCII letters, digits and punctuation, without brackets and spaces.';
}
