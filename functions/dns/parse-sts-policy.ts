import type { StsPolicy } from '../core/tls/sts-policy.ts';
import { isHostName } from './host-name.ts';

export type ParsedStsPolicy =
  | { readonly ok: true; readonly policy: StsPolicy }
  | { readonly ok: false; readonly why: string };

/** RFC 8461 §3.2: about one year; what asks for more gets this. */
const mostMaxAgeSeconds = 31_557_600;
// A name of a field and a value in visible characters, of any script, with spaces within.
const field = /^([a-z\d][a-z\d_.-]{0,31}):[ \t]*(.*)$/i;
const invisible = /[\0-\x1f\x7f\ufffd]/;

/**
 * Reads an MTA-STS policy (RFC 8461 §3.2): lines ended by LF or CRLF, of which unknown ones are left out of account and of
 * doubled ones the first counts, `mx` excepted. What does not keep to the grammar is no policy at all; only empty lines are
 * put up with. `why` is one sentence. Pure.
 */
export function parseStsPolicy(text: string): ParsedStsPolicy {
  const values = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split('\n')) {
    const content = withoutTrailingSpace(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (content === '') continue;
    const [, name, value = ''] = field.exec(content) ?? [];
    if (name === undefined || value === '' || invisible.test(value))
      return refused('A line is not a field and a value.');
    if (name === 'mx') mx.push(value.toLowerCase());
    else if (!values.has(name)) values.set(name, value);
  }
  if (values.get('version') !== 'STSv1') return refused('The version is not STSv1.');
  const mode = values.get('mode');
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none')
    return refused('The mode is none of those there are.');
  const maxAge = values.get('max_age') ?? '';
  if (!/^\d{1,10}$/.test(maxAge)) return refused('The max_age is not a number of seconds.');
  if (mx.length === 0 && mode !== 'none') return refused('It lists no mx.');
  if (!mx.every(isPattern)) return refused('An mx is not a host name.');
  return { ok: true, policy: { mode, mx, maxAgeSeconds: Math.min(Number(maxAge), mostMaxAgeSeconds) } };
}

function isPattern(pattern: string): boolean {
  return isHostName(pattern.startsWith('*.') ? pattern.slice(2) : pattern);
}

function withoutTrailingSpace(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  return line.slice(0, end);
}

function refused(why: string): ParsedStsPolicy {
  return { ok: false, why };
}
