import type { Context } from 'hono';

import type { NamedMailbox } from '../../core/draft.ts';
import { limits } from '../../core/limits.ts';
import { addressOf, type Mailbox, parseMailbox } from '../../core/mailbox.ts';
import type { RawDraft } from '../../core/raw-draft.ts';
import { draftUnderRights } from '../../core/domains/sender-rights.ts';
import { readableText } from '../../mime/encoded-words.ts';
import { type RawFields, readRawMessage } from '../../mime/raw-message.ts';
import { checkDraft } from './check-draft.ts';
import { errorsOfDsnTo } from './dsn-request.ts';
import { parseNamedMailbox } from './named-mailbox.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import type { FieldError } from '../problem.ts';
import { invalid, type SubmissionResult } from './read-submission.ts';
import { type Options, type OptionsRequest, readOptions } from './send-options.ts';
import type { PlacedRecipient } from './suppression-check.ts';

/** A raw message, its envelope and its options, from whichever form of the request; the pointers lead to them there. */
export type RawInput = {
  readonly bytes: Buffer;
  readonly from: string;
  readonly to: string | readonly string[];
  readonly options: OptionsRequest;
  /** `dsn` stands before the names of its fields. */
  readonly pointers: { readonly message: string; readonly from: string; readonly to: string; readonly dsn: string };
};

/** What is read of a raw message before anybody is asked about it. */
export type RawInputResult =
  | {
      readonly ok: true;
      readonly sender: Mailbox;
      readonly recipients: readonly PlacedRecipient[];
      readonly options: Options;
      readonly named: Names;
      readonly fields: RawFields;
      readonly message: RawDraft['message'];
    }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

type Names = { readonly from: NamedMailbox; readonly others: readonly NamedMailbox[] };

type Faults = { readonly errors: FieldError[] };

/** Reads a raw message into a draft and asks everything there is to ask about it. */
export async function readRawSubmission(
  c: Context<AppEnv>,
  input: RawInput,
  ports: AppPorts,
): Promise<SubmissionResult<RawDraft>> {
  const read = readRawInput(input, ports.clock.now());
  if (!read.ok) return invalid(read.errors);
  const { sender, recipients, options, named, fields, message } = read;
  const senders = [named.from, ...named.others].map(({ mailbox }) => mailbox);
  const checked = await checkDraft(c, { senders: [...senders, sender], recipients, ...options }, ports);
  if (!checked.ok) return checked;
  const from = { ...named.from, name: named.from.name === null ? null : readableText(named.from.name) };
  const sendable = draftUnderRights(c.get('principal'), {
    ...options,
    from,
    sender,
    recipients: recipients.map(({ mailbox }) => mailbox),
    subject: readableText(fields.subject),
    message,
  });
  return { ...checked, sendable };
}

/** What can be said of a raw message by itself, or which of its fields are wrong. Pure; `now` in milliseconds. */
export function readRawInput(input: RawInput, now: number): RawInputResult {
  const faults: Faults = { errors: [] };
  const sender = mailboxIn(input.from, input.pointers.from, faults);
  const recipients = recipientsIn(input, faults);
  const { options, errors } = readOptions(input.options, now, input.pointers.dsn);
  faults.errors.push(...errors);
  const read = readRawMessage(input.bytes);
  const fault = (detail: string) => ({ pointer: input.pointers.message, code: 'invalid_message', detail });
  if (!read.ok) return { ok: false, errors: [...faults.errors, ...read.faults.map(fault)] };
  const named = namesIn(read.fields, (detail) => faults.errors.push(fault(detail)));
  if (sender !== null && named !== null) {
    const senders = [sender, named.from.mailbox, ...named.others.map(({ mailbox }) => mailbox)];
    faults.errors.push(...errorsOfDsnTo(options.dsn, senders, [], input.pointers.dsn));
  }
  if (faults.errors.length > 0 || sender === null || named === null) return { ok: false, errors: faults.errors };
  return { ok: true, sender, recipients, options, named, fields: read.fields, message: read.message };
}

function recipientsIn({ to, pointers }: RawInput, faults: Faults): PlacedRecipient[] {
  const given = typeof to === 'string' ? [to] : to;
  if (given.length === 0) {
    faults.errors.push({ pointer: pointers.to, code: 'required', detail: 'The envelope has at least one recipient.' });
  }
  if (given.length > limits.recipientsPerEmail) {
    const detail = `The envelope has at most ${limits.recipientsPerEmail} recipients.`;
    faults.errors.push({ pointer: pointers.to, code: 'too_big', detail });
    return [];
  }
  const read = given.flatMap((text, index) => {
    const pointer = typeof to === 'string' ? pointers.to : `${pointers.to}/${index}`;
    const mailbox = mailboxIn(text, pointer, faults);
    return mailbox === null ? [] : [{ mailbox, pointer }];
  });
  return [...new Map(read.map((placed) => [addressOf(placed.mailbox), placed])).values()];
}

function mailboxIn(text: string, pointer: string, { errors }: Faults): Mailbox | null {
  const read = parseMailbox(text);
  if (read.ok) return read.mailbox;
  errors.push({ pointer, code: 'invalid_address', detail: read.why });
  return null;
}

// Who a message says it is from is read as strictly as in JSON: what stands in the field, in policy and under the signature
// has to be the same address for every reader.
function namesIn({ from, senders }: RawFields, refuse: (detail: string) => void): Names | null {
  const read = [{ name: 'from', value: from }, ...senders].flatMap(({ name, value }) => {
    const parsed = parseNamedMailbox(value);
    if (parsed.ok) return [parsed.named];
    refuse(`The field ${name} holds exactly one address, as "local@domain" or "Name <local@domain>": ${parsed.why}`);
    return [];
  });
  const [first, ...others] = read;
  return first === undefined || read.length <= senders.length ? null : { from: first, others };
}
