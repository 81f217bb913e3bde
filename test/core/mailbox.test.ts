import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addressOf, needsSmtpUtf8, parseMailbox } from '../../functions/core/mailbox.ts';

function domainOf(text: string): string | null {
  const result = parseMailbox(text);
  return result.ok ? result.mailbox.domain : null;
}

describe('a mailbox', () => {
  it('keeps the case of the local part and lowers the domain (C24)', () => {
    const result = parseMailbox('Jo.Doe+News@Example.COM');
    expect(result.ok && addressOf(result.mailbox)).toBe('Jo.Doe+News@example.com');
  });

  it.each([
    ['full-width dot', 'a@b\u3002example.com', 'b.example.com'],
    ['sharp s stays itself (non-transitional UTS-46)', 'a@straße.example', 'xn--strae-oqa.example'],
    ['German umlaut', 'a@BÜCHER.example', 'xn--bcher-kva.example'],
    ['A-label', 'a@xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('has one A-label as its domain: %s', (_name, text, domain) => {
    expect(domainOf(text)).toBe(domain);
  });

  it('needs SMTPUTF8 for its local part only', () => {
    const international = parseMailbox('jörg@bücher.example');
    const plain = parseMailbox('joerg@bücher.example');
    expect(international.ok && needsSmtpUtf8(international.mailbox)).toBe(true);
    expect(plain.ok && needsSmtpUtf8(plain.mailbox)).toBe(false);
  });

  it.each([
    'plain',
    '@example.com',
    'a@',
    'a@b',
    'a@b..example',
    'a@-b.example',
    'a@b-.example',
    'a@b.example.',
    'a@b_c.example',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@0x7f.1',
    'a@b.1',
    'a@b%2eexample.com',
    'a@b.example:25',
    'a@b.example/x',
    'a@xn--\u00fc.example',
    'a@b\u200dc.example',
    'a@\u202eb.example',
    `a@${'x'.repeat(64)}.example`,
    `a@${'x.'.repeat(127)}example`,
    `${'x'.repeat(65)}@example.com`,
    '.a@b.example',
    'a.@b.example',
    'a..b@c.example',
    'a b@c.example',
    '<a@b.example>',
    'a@b.example SIZE=1',
    'a@b.example\r\nRCPT TO:<x@y.example>',
    'a\r\n@b.example',
    'a\u0000@b.example',
    'a\u0085@b.example',
    'a\u2028@b.example',
    '"x@evil.example"@ok.example',
    '"quoted"@ok.example',
    '(comment)a@ok.example',
    '@a,@b:c@d.example',
    'a@b.example,c@d.example',
    '=?utf-8?q?x=40evil.example=3e=00?=@ok.example',
    '\ud800@ok.example',
    'a\u202e@ok.example',
  ])('is refused with a sentence: %j', (text) => {
    const result = parseMailbox(text);
    expect(result.ok ? addressOf(result.mailbox) : 'refused').toBe('refused');
    expect(!result.ok && result.why).toMatch(/^[A-Z].*\.$/);
  });

  it('never lets anything on the wire that ends a path or a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (local, domain) => {
        const result = parseMailbox(`${local}@${domain}`);
        if (!result.ok) return;
        expect(result.mailbox.local).not.toMatch(/[\s<>@,;:"()[\]\\\p{C}\p{Z}]/u);
        expect(result.mailbox.domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads its own address back as itself', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const first = parseMailbox(text);
        if (!first.ok) return;
        expect(parseMailbox(addressOf(first.mailbox))).toEqual(first);
      }),
    );
  });
});
