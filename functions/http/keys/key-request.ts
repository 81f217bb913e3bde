import type { KeyWish } from '../../core/keys/key-grant.ts';
import { parseDomain } from '../../core/mailbox.ts';
import { projectIdOf } from '../../core/keys/project-name.ts';
import { scopes } from '../../core/keys/scopes.ts';
import { readAllowedRecipient } from '../../core/domains/sender-rights.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import type { KeyRequest } from './key-schema.ts';
import { problemOfText } from '../sending/plain-text.ts';
import type { FieldError } from '../problem.ts';

export type KeyRequestResult =
  | { readonly ok: true; readonly name: string; readonly wish: KeyWish }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

type Entry = { readonly ok: true; readonly entry: string } | { readonly ok: false; readonly why: string };

const projectRule =
  'The name of a project has 1 to 63 lower-case letters, digits, hyphens and underscores, and begins with a letter or digit.';

/** Reads a request for a key that has the right form, or says which fields are wrong. Pure. */
export function readKeyRequest(request: KeyRequest): KeyRequestResult {
  const errors: FieldError[] = [];
  const senderDomains = readList(request.sender_domains, 'sender_domains', readDomain, errors);
  const recipients = readList(request.recipients, 'recipients', readAllowedRecipient, errors);
  const control = problemOfText(request.name);
  if (control !== null) errors.push({ pointer: '/name', code: 'control_character', detail: control });
  const projectId = projectIdOf(request.project ?? '');
  if (projectId === null && typeof request.project === 'string') {
    errors.push({ pointer: '/project', code: 'invalid_value', detail: projectRule });
  }
  if (errors.length > 0) return { ok: false, errors };
  const { limit, window_seconds: windowSeconds } = request.rate_limit ?? {};
  return {
    ok: true,
    name: request.name,
    wish: {
      projectId,
      scopes: request.scopes ? scopes.filter((scope) => request.scopes?.includes(scope)) : null,
      senderDomains,
      recipients,
      mode: request.mode ?? null,
      rate: limit === undefined || windowSeconds === undefined ? null : { limit, windowSeconds },
    },
  };
}

function readDomain(text: string): Entry {
  const read = parseDomain(text);
  return read.ok ? { ok: true, entry: read.domain } : read;
}

// In the form in which they are compared, each once.
function readList(
  values: readonly string[] | null | undefined,
  field: string,
  read: (text: string) => Entry,
  errors: FieldError[],
): readonly string[] | null {
  if (values === null || values === undefined) return null;
  const entries = values.flatMap((value, index) => {
    const result = read(value);
    if (result.ok) return [result.entry];
    errors.push({ pointer: jsonPointer([field, index]), code: 'invalid_value', detail: result.why });
    return [];
  });
  return [...new Set(entries)];
}
