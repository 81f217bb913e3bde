import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addressOf } from '../../functions/core/mailbox.ts';
import { reportEndpointsIn } from '../../functions/dns/report-record.ts';

function endpoints(records: readonly string[]): string[] {
  return reportEndpointsIn(records).map((endpoint) =>
    endpoint.kind === 'mailto' ? addressOf(endpoint.mailbox) : endpoint.url.href,
  );
}

describe('the record of a domain that wants reports', () => {
  it.each<[string, readonly string[]]>([
    ['reports@example.com', ['v=TLSRPTv1;rua=mailto:reports@example.com']],
    ['https://reporting.example.com/v1/tlsrpt', ['v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt']],
    ['a@b.example https://b.example/x?y=z', ['v=TLSRPTv1; rua=mailto:a@b.example , https://b.example/x?y=z;']],
    ['a@b.example', ['v=TLSRPTv1 ;\trua = mailto:a@b.example ; ext=some-thing;']],
    ['a@b.example', ['v=spf1 -all', 'v=TLSRPTv2; rua=mailto:x@y.example', 'v=TLSRPTv1; rua=mailto:a@b.example']],
    ['tls+reports@b.example', ['v=TLSRPTv1; rua=mailto:tls%2Breports@b.example?subject=x']],
    ['a@b.example', ['v=TLSRPTv1; rua=ftp://b.example/,mailto:a@b.example,mailto:a@b.example']],
    ['a@xn--bcher-kva.example', ['v=TLSRPTv1; rua=mailto:a@xn--bcher-kva.example']],
  ])('names %s: %j (C47)', (expected, records) => expect(endpoints(records).join(' ')).toBe(expected));

  it.each<[string, readonly string[]]>([
    ['none', []],
    ['two', ['v=TLSRPTv1; rua=mailto:a@b.example', 'v=TLSRPTv1; rua=mailto:a@b.example']],
    ['no rua', ['v=TLSRPTv1;']],
    ['two rua', ['v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example']],
    ['an empty rua', ['v=TLSRPTv1; rua=']],
    ['a field without a value', ['v=TLSRPTv1; x; rua=mailto:a@b.example']],
    ['another version first', ['v=TLSRPTv11; rua=mailto:a@b.example']],
    ['a space before the version', [' v=TLSRPTv1; rua=mailto:a@b.example']],
    ['plain HTTP', ['v=TLSRPTv1; rua=http://b.example/']],
    ['a login in the URL', ['v=TLSRPTv1; rua=https://user:word@b.example/']],
    ['a list in one mailto', ['v=TLSRPTv1; rua=mailto:a@b.example%2Cc@b.example']],
    ['line ends in an address', ['v=TLSRPTv1; rua=mailto:a%0D%0ARCPT@b.example']],
    ['broken percent signs', ['v=TLSRPTv1; rua=mailto:a%@b.example']],
    ['no end', [`v=TLSRPTv1; rua=mailto:a@b.example; y=${'z'.repeat(3_000)}`]],
  ])('names nothing: %s', (_, records) => expect(endpoints(records)).toEqual([]));

  it('names five endpoints at most', () => {
    const uris = Array.from({ length: 9 }, (_, index) => `mailto:a${index}@b.example`);
    expect(endpoints([`v=TLSRPTv1; rua=${uris.join(',')}`])).toHaveLength(5);
  });

  it('names addresses fit for the wire and https URLs without a login, whatever stands in it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^v=TLSRPTv1;[ \t;,=ruamilto:@.%0-9a-f!?#/]{0,60}$/),
      fc.string().map((rest) => `v=TLSRPTv1; rua=mailto:${rest}`),
      fc.string().map((rest) => `v=TLSRPTv1; rua=mailto:a@b.example,https://${rest}`),
      fc.webUrl({ validSchemes: ['https'] }).map((url) => `v=TLSRPTv1;rua=${url}`),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (records) => {
        for (const endpoint of reportEndpointsIn(records)) {
          if (endpoint.kind === 'mailto') expect(addressOf(endpoint.mailbox)).toMatch(/^[^\s<>,;:"\\]+@[a-z0-9.-]+$/);
          else
            expect([endpoint.url.protocol, endpoint.url.username, endpoint.url.password]).toEqual(['https:', '', '']);
        }
      }),
    );
  });
});
