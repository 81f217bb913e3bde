import type { MailField } from '../core/returned/returned-mail.ts';

/** An email has at most `limits.recipientsPerEmail`, and a report is about one. */
const mostGroups = 250;

/**
 * The groups of fields of a delivery status or feedback report (RFC 3464 §2.1): separated by empty lines, names in lower case,
 * values unfolded. Only LF ends a line. Lines that are no field belong to nothing. Linear time; at most 250 groups.
 */
export function fieldGroups(text: string): MailField[][] {
  const groups: MailField[][] = [];
  let group: { name: string; value: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const last = group.at(-1);
    const [, name = '', value = ''] = /^([A-Za-z][A-Za-z0-9-]{0,63})[ \t]?:(.*)$/s.exec(line) ?? [];
    if (line.trim() === '') {
      if (group.length > 0) groups.push(group);
      if (groups.length === mostGroups) return groups;
      group = [];
    } else if (/^[ \t]/.test(line) && last !== undefined) {
      last.value = `${last.value} ${line.trim()}`.slice(0, 8_192);
    } else if (name !== '') {
      group.push({ name: name.toLowerCase(), value: value.trim() });
    }
  }
  return group.length > 0 ? [...groups, group] : groups;
}

/** The value of the first field of a name, empty when there is none. */
export function valueOf(fields: readonly MailField[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? '';
}

/** A value after its type: `x@y.test` of `rfc822; x@y.test` (RFC 3464 §2.1.2). Values without a type are taken whole. */
export function withoutType(value: string): string {
  return /^[\w.-]{1,40}[ \t]{0,8};/.test(value) ? value.slice(value.indexOf(';') + 1).trim() : value;
}
