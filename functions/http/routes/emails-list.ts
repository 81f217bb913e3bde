import type { Context } from 'hono';

import { type EmailId, parseEmailId } from '../../core/ids.ts';
import type { EmailPage } from '../../core/list-emails.ts';
import { type Mailbox, parseMailbox } from '../../core/mailbox.ts';
import type { ApiRouter } from '../api-router.ts';
import { emailView } from '../emails/email-view.ts';
import { fromStore } from '../from-store.ts';
import { type ListQuery, listQuerySchema } from '../list-schema.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, problem, validationProblem } from '../problem.ts';
import { readQuery } from '../reading/read-query.ts';
import { requireScope } from '../require-scope.ts';
import { listRoute } from './email-reading-definitions.ts';

type RecipientView = ReturnType<typeof emailView>['recipients'][number];

/** The name under which this listing's cursors are made. */
const listName = 'emails';

/** `GET /v1/emails`. */
export function addListRoute(app: ApiRouter, ports: AppPorts): void {
  // The query is read by hand, for the errors of a validator of its own would be told by the body that is not there.
  app.describe(listRoute);
  app.get(listRoute.path, requireScope('emails:read'), async (c) => {
    const read = readQuery(c, listQuerySchema(), { standIns: {}, errorsOf });
    const errors = read.ok ? errorsOf(read.query) : read.errors;
    if (!read.ok || errors.length > 0) return validationProblem(c, errors);
    const { limit, status, tag, after, before } = read.query;
    const to = read.query.to === undefined ? null : parseMailbox(read.query.to);
    const from = after ?? before;
    const position = from === undefined ? null : await positionOf(c, from, ports);
    if (from !== undefined && position === null) {
      return problem(c, 'invalid_cursor', 'after and before take a cursor of this list, or the id of an email.');
    }
    const filter = { statuses: status ?? null, to: mailboxOf(to), tag: tag ?? null };
    const request = { limit, filter, after: null, before: null, [before === undefined ? 'after' : 'before']: position };
    const { projectId } = c.get('principal');
    return pageOf(c, await fromStore(() => ports.list(projectId, request)), ports);
  });
}

// One answer for what is forged, unknown or another project's, so that nothing can be learned from it.
async function positionOf(c: Context<AppEnv>, text: string, ports: AppPorts): Promise<EmailId | null> {
  const { projectId } = c.get('principal');
  const id = parseEmailId(text);
  if (id === null) return parseEmailId(ports.cursors.decode(projectId, listName, text) ?? '');
  return (await fromStore(() => ports.find(projectId, id))) === null ? null : id;
}

function pageOf(c: Context<AppEnv>, { emails, hasMore, older, newer }: EmailPage, ports: AppPorts): Response {
  const cursor = (position: EmailId | null): string | null =>
    position && ports.cursors.encode(c.get('principal').projectId, listName, position);
  return c.json({
    object: 'list',
    data: emails.map(({ email, deliveries }) => {
      const view = emailView(email, deliveries);
      return { ...view, recipients: view.recipients.map(withoutAttempts) };
    }),
    has_more: hasMore,
    next_cursor: cursor(older),
    previous_cursor: cursor(newer),
  });
}

function withoutAttempts(recipient: RecipientView): Omit<RecipientView, 'attempts'> {
  const { email, kind, status, updated_at, next_attempt_at, bounce } = recipient;
  return { email, kind, status, updated_at, next_attempt_at, bounce };
}

function mailboxOf(read: ReturnType<typeof parseMailbox> | null): Mailbox | null {
  return read?.ok === true ? read.mailbox : null;
}

function errorsOf({ after, before, to }: ListQuery): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (after !== undefined && before !== undefined) {
    errors.push({ pointer: '/before', code: 'invalid_value', detail: 'after and before exclude each other.' });
  }
  const address = to === undefined ? null : parseMailbox(to);
  if (address?.ok === false) errors.push({ pointer: '/to', code: 'invalid_address', detail: address.why });
  return errors;
}
