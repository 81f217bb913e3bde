import { parseMailbox } from '../core/mailbox.ts';
import type { ReportEndpoint } from '../core/tls/report-endpoint.ts';

const version = /^v=TLSRPTv1[ \t]*;/;
const field =
  /^([a-z\d][a-z\d_.-]{0,31})[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e](?:[\t\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?)$/i;
const mostRecordCharacters = 2_048;
/** A domain may ask for its reports twice or three times, not for a mailing to the world. */
const mostEndpoints = 5;

/**
 * Where a domain wants its reports, by the TXT records at `_smtp._tls.<domain>` (RFC 8460 §3): of those that begin as such
 * records do there has to be exactly one. Empty when it wants none, or wants them nowhere that is known here. Pure.
 */
export function reportEndpointsIn(records: readonly string[]): readonly ReportEndpoint[] {
  const [record, ...others] = records.filter((text) => version.test(text));
  if (record === undefined || others.length > 0 || record.length > mostRecordCharacters) return [];
  const parts = record
    .replace(version, '')
    .split(';')
    .map((part) => part.trim());
  // One delimiter may stand at the end.
  if (parts.at(-1) === '') parts.pop();
  const fields = parts.map((part) => field.exec(part));
  if (fields.includes(null)) return [];
  const [rua, ...more] = fields.filter((match) => match?.[1] === 'rua');
  if (rua?.[2] === undefined || more.length > 0) return [];
  const endpoints = rua[2].split(',').flatMap((uri) => endpointAt(uri.trim()) ?? []);
  return [...new Map(endpoints.map((endpoint) => [endpoint.uri, endpoint])).values()].slice(0, mostEndpoints);
}

function endpointAt(uri: string): ReportEndpoint | null {
  if (/^mailto:/i.test(uri)) return mailAt(uri);
  if (!/^https:\/\//i.test(uri) || /[\s!]/.test(uri) || !URL.canParse(uri)) return null;
  const url = new URL(uri);
  return url.username === '' && url.password === '' ? { kind: 'https', uri, url } : null;
}

// RFC 6068: what follows a question mark are header fields, which are not the domain's to set; one address, and no list.
function mailAt(uri: string): ReportEndpoint | null {
  const [encoded = ''] = uri.slice('mailto:'.length).split(/[?#]/);
  const address = decoded(encoded);
  const parsed = address === null ? null : parseMailbox(address);
  return parsed?.ok === true ? { kind: 'mailto', uri, mailbox: parsed.mailbox } : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
