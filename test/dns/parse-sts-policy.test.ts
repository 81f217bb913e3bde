import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseStsPolicy } from '../../functions/dns/parse-sts-policy.ts';
import { isListed } from '../../functions/dns/sts-patterns.ts';

const lines = ['version: STSv1', 'mode: enforce', 'mx: mail.example.test', 'mx: *.Example.test', 'max_age: 604800'];
const parsed = { mode: 'enforce', mx: ['mail.example.test', '*.example.test'], maxAgeSeconds: 604_800 };

function parse(...text: readonly string[]) {
  const result = parseStsPolicy(text.join('\n'));
  return result.ok ? result.policy : result.why;
}

/** The policy with one line in the place of another one. */
function withLine(name: string, line: string): string[] {
  return lines.map((other) => (other.startsWith(name) ? line : other));
}

describe('a policy', () => {
  it.each<[string, string]>([
    ['lines ended by LF', lines.join('\n')],
    ['lines ended by CRLF', `${lines.join('\r\n')}\r\n`],
    ['lines ended by both', `${lines[0]}\r\n${lines.slice(1).join('\n')}\n`],
    ['empty lines', `\n${lines.join('\n\n')}\n\r\n \n`],
    ['space before and after values', lines.map((line) => `${line.replace(': ', ': \t ')} \t`).join('\n')],
    ['no space at all', lines.map((line) => line.replace(': ', ':')).join('\n')],
    ['another order', [...lines.slice(1), ...lines.slice(0, 1)].join('\n')],
    ['fields nobody knows', [...lines, 'x-new.field_1: grüße an alle', 'Mode: none'].join('\n')],
    ['doubled fields, of which the first counts', [...lines, 'mode: none', 'max_age: 1', 'version: STSv2'].join('\n')],
  ])('has %s (C44)', (_, text) => expect(parse(text)).toEqual(parsed));

  it('that lists nobody is one only in the mode none', () => {
    const short = ['version: STSv1', 'max_age: 86400'];
    expect(parse(...short, 'mode: none')).toEqual({ mode: 'none', mx: [], maxAgeSeconds: 86_400 });
    expect(parse(...short, 'mode: testing')).toBe('It lists no mx.');
  });

  it('holds for a year at most', () => {
    expect(parse(...withLine('max_age', 'max_age: 9999999999'))).toMatchObject({ maxAgeSeconds: 31_557_600 });
    expect(parse(...withLine('max_age', 'max_age: 0'))).toMatchObject({ maxAgeSeconds: 0 });
  });

  it.each<[string, readonly string[]]>([
    ['is empty', []],
    ['has no version', withLine('version', '')],
    ['has another version', withLine('version', 'version: STSv2')],
    ['has its version in other letters', withLine('version', 'version: stsv1')],
    ['has no mode', withLine('mode', '')],
    ['has a mode of its own', withLine('mode', 'mode: Enforce')],
    ['has no max_age', withLine('max_age', '')],
    ['has a negative max_age', withLine('max_age', 'max_age: -1')],
    ['has a max_age of many digits', withLine('max_age', 'max_age: 10000000000')],
    ['has a max_age in words', withLine('max_age', 'max_age: 1d')],
    ['has space before a colon', withLine('mode', 'mode : enforce')],
    ['has space before a field', withLine('mode', ' mode: enforce')],
    ['has a field without a value', [...lines, 'x:']],
    ['has a line that is no field', [...lines, '<html>']],
    ['has a control character', [...lines, 'x: a\u0007b']],
    ['has a CR within a line', [...lines, 'x: a\rb']],
    ['is not in UTF-8', [...lines, 'x: \ufffd']],
    ['has a wildcard that is not a label', withLine('mx: mail', 'mx: mail*.example.test')],
    ['has a wildcard within', withLine('mx: mail', 'mx: mail.*.test')],
    ['has a bare wildcard', withLine('mx: mail', 'mx: *')],
    ['lists an address', withLine('mx: mail', 'mx: 192.0.2.1')],
    ['lists a name with a final dot', withLine('mx: mail', 'mx: mail.example.test.')],
  ])('is none that %s', (_, text) => expect(parse(...text)).toMatch(/^[A-Z].*\.$/));

  it('is whatever was written down, or nothing, and nothing is thrown', () => {
    const mode = fc.constantFrom('enforce', 'testing');
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
    const pattern = fc.tuple(fc.boolean(), name).map(([wild, host]) => (wild ? `*.${host}` : host));
    const end = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(mode, fc.array(pattern, { minLength: 1 }), fc.nat(31_557_600), end, (...wishes) => {
        const [how, mx, maxAgeSeconds, term] = wishes;
        const text = ['version: STSv1', `mode: ${how}`, ...mx.map((one) => `mx: ${one}`), `max_age: ${maxAgeSeconds}`];
        expect(parseStsPolicy(text.join(term))).toEqual({ ok: true, policy: { mode: how, mx, maxAgeSeconds } });
      }),
    );
    const almost = fc.array(fc.oneof(fc.string(), fc.constantFrom(...lines)), { maxLength: 8 });
    fc.assert(fc.property(almost, (text) => void parseStsPolicy(text.join('\n'))));
  });
});

describe('a mail host', () => {
  it.each([
    ['mx.example.test', ['mx.example.test'], true],
    ['MX.example.test.', ['mx.example.test'], true],
    ['mx.example.test', ['*.example.test'], true],
    ['a.mx.example.test', ['*.example.test'], false],
    ['example.test', ['*.example.test'], false],
    ['mx.example.test', ['*.test', 'example.test'], false],
    ['mx.example.test.evil.test', ['mx.example.test'], false],
    ['.example.test', ['*.example.test'], false],
    ['mx', ['*.'], false],
    ['mx.example.test', [], false],
  ])('%s is on the list %j: %s (C42)', (host, patterns, listed) => expect(isListed(host, patterns)).toBe(listed));
});
