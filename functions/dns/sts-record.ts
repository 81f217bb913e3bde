const version = 'v=STSv1;';
const mostRecordCharacters = 2_048;
const field = /^([a-z\d][a-z\d_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)$/i;
const idForm = /^[a-z\d]{1,32}$/i;

/**
 * The id of a domain's MTA-STS policy by the TXT records at `_mta-sts.<domain>` (RFC 8461 §3.1): of those that begin as such
 * records do there has to be exactly one, and it has to be well-formed. `null` means that the domain has no policy. Pure.
 */
export function stsIdIn(records: readonly string[]): string | null {
  const [record, ...others] = records.filter((text) => text.startsWith(version));
  if (record === undefined || others.length > 0 || record.length > mostRecordCharacters) return null;
  const parts = record.slice(version.length).split(';').map(trimmed);
  // One delimiter may stand at the end.
  if (parts.at(-1) === '') parts.pop();
  const fields = parts.map((part) => field.exec(part));
  if (fields.length === 0 || fields.includes(null)) return null;
  const id = fields.find((match) => match?.[1] === 'id')?.[2];
  return id !== undefined && idForm.test(id) ? id : null;
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}
