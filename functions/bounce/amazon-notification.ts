import type { MailField } from '../core/returned/returned-mail.ts';

const mostRecipients = 250;

/**
 * The recipients of an Amazon SES notification that SNS sent as a mail (its JSON, which long lines are broken in), as groups of fields of
 * a delivery status: what SES documents as `bouncedRecipients` and `complainedRecipients`. Empty for any other text.
 */
export function amazonGroups(text: string): { readonly kind: 'bounce' | 'complaint'; readonly groups: MailField[][] } {
  const notification = parsed(jsonIn(text));
  const bounced = objectsIn(notification?.['bounce'], 'bouncedRecipients');
  const complained = objectsIn(notification?.['complaint'], 'complainedRecipients');
  return complained.length > 0
    ? { kind: 'complaint', groups: complained.map(groupOf) }
    : { kind: 'bounce', groups: bounced.map(groupOf) };
}

type Fields = Readonly<Record<string, unknown>>;

function jsonIn(text: string): string {
  const start = text.indexOf('{"notificationType":');
  if (start === -1) return '';
  const signature = text.indexOf('\n--', start);
  const json = text.slice(start, signature === -1 ? undefined : signature);
  return json.slice(0, json.lastIndexOf('}') + 1).replace(/\r?\n ?/g, '');
}

function parsed(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function objectsIn(container: unknown, name: string): Fields[] {
  const list = isObject(container) ? container[name] : null;
  return Array.isArray(list) ? list.slice(0, mostRecipients).filter(isObject) : [];
}

function groupOf(recipient: Fields): MailField[] {
  return [
    field('final-recipient', recipient['emailAddress']),
    field('original-rcpt-to', recipient['emailAddress']),
    field('action', recipient['action']),
    field('status', recipient['status']),
    field('diagnostic-code', recipient['diagnosticCode']),
  ];
}

function field(name: string, value: unknown): MailField {
  return { name, value: typeof value === 'string' ? value : '' };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
