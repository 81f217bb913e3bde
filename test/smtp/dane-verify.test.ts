import { X509Certificate } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import type { DaneReference } from '../../functions/core/tls/tls-policy.ts';
import { extensionsOf } from '../../functions/smtp/certificate-extensions.ts';
import { judgeByTlsa } from '../../functions/smtp/dane-verify.ts';
import { associationOf, makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';

const now = Date.now();
const past = new Date(now - 86_400_000);
const future = new Date(now + 86_400_000);
const base = 'mx.example.test';

const root = makeCertificate({ subject: 'root', ca: true });
const middle = makeCertificate({ subject: 'middle', issuer: root, ca: true });
const server = makeCertificate({ subject: 'server', issuer: middle, names: [base] });
const stranger = makeCertificate({ subject: 'stranger', ca: true });

type Record_ = readonly [usage: number, selector: number, matching: number, about: MadeCertificate];

function judged(
  presented: readonly MadeCertificate[],
  records: readonly Record_[],
  reference: Partial<DaneReference> = {},
): string {
  const verdict = judgeByTlsa(
    presented.map((one) => new X509Certificate(one.der)),
    {
      base,
      names: [],
      records: records.map(([usage, selector, matchingType, about]) => ({
        usage,
        selector,
        matchingType,
        association: associationOf(about, selector, matchingType),
      })),
      ...reference,
    },
    now,
  );
  return verdict === true ? 'verified' : verdict.code;
}

const selectors = [0, 1];
const matchings = [0, 1, 2];
const kinds = selectors.flatMap((selector) => matchings.map((matching) => [selector, matching] as const));

describe.each(kinds)('a record with selector %d and matching type %d', (selector, matching) => {
  it('of usage DANE-EE holds for the certificate of the server alone', () => {
    expect(judged([server, middle, root], [[3, selector, matching, server]])).toBe('verified');
    expect(judged([server], [[3, selector, matching, server]])).toBe('verified');
    expect(judged([server, middle, root], [[3, selector, matching, middle]])).toBe('tlsa-invalid');
    expect(judged([server, middle, root], [[3, selector, matching, stranger]])).toBe('tlsa-invalid');
  });

  it('of usage DANE-TA holds for any authority on the way up, in whatever order they are presented', () => {
    expect(judged([server, middle, root], [[2, selector, matching, root]])).toBe('verified');
    expect(judged([server, root, middle], [[2, selector, matching, root]])).toBe('verified');
    expect(judged([server, middle], [[2, selector, matching, middle]])).toBe('verified');
    expect(judged([server, stranger, middle, root], [[2, selector, matching, root]])).toBe('verified');
  });

  it('of usage DANE-TA does not hold for the certificate of the server, nor for one that is not on the way', () => {
    expect(judged([server, middle, root], [[2, selector, matching, server]])).toBe('tlsa-invalid');
    expect(judged([server, middle, root, stranger], [[2, selector, matching, stranger]])).toBe('tlsa-invalid');
    expect(judged([server, root], [[2, selector, matching, root]])).toBe('tlsa-invalid');
  });

  it('of usage DANE-TA holds without its certificate where it has all that is needed', () => {
    const withWhole = judged([server, middle], [[2, selector, matching, root]]);
    expect(withWhole).toBe(matching === 0 ? 'verified' : 'tlsa-invalid');
  });

  it('is one of several, of which one is enough', () => {
    const wrong: Record_[] = [
      [3, selector, matching, stranger],
      [2, selector, matching, stranger],
    ];
    expect(judged([server, middle], [...wrong, [3, selector, matching, server]])).toBe('verified');
    expect(judged([server, middle], [...wrong, [2, selector, matching, middle]])).toBe('verified');
    expect(judged([server, middle], wrong)).toBe('tlsa-invalid');
  });
});

describe('under DANE-EE', () => {
  test.each([
    ['has expired', makeCertificate({ subject: 'x', names: [base], notAfter: past })],
    ['is not valid yet', makeCertificate({ subject: 'x', names: [base], notBefore: future })],
    ['is for another name', makeCertificate({ subject: 'x', names: ['other.test'] })],
    ['is not for servers', makeCertificate({ subject: 'x', usages: ['1.3.6.1.5.5.7.3.4'] })],
  ])('it does not matter that the certificate %s', (_, own) => {
    expect(judged([own], [[3, 1, 1, own]])).toBe('verified');
  });
});

describe('under DANE-TA', () => {
  const own = (wishes: Partial<Parameters<typeof makeCertificate>[0]>): MadeCertificate =>
    makeCertificate({ subject: 'server', issuer: middle, names: [base], ...wishes });
  const below = (authority: MadeCertificate): MadeCertificate => own({ issuer: authority });
  const authority = (wishes: Partial<Parameters<typeof makeCertificate>[0]>): MadeCertificate =>
    makeCertificate({ subject: 'middle', issuer: root, ca: true, ...wishes });

  test.each<[string, string, MadeCertificate]>([
    ['has expired', 'certificate-expired', own({ notAfter: past })],
    ['is not valid yet', 'validation-failure', own({ notBefore: future })],
    ['is for another name', 'certificate-host-mismatch', own({ names: ['other.test'] })],
    ['has a wildcard of two labels', 'certificate-host-mismatch', own({ names: ['*.test'] })],
    ['has a wildcard within a label', 'certificate-host-mismatch', own({ names: ['m*.example.test'] })],
    ['is not for servers', 'validation-failure', own({ usages: ['1.3.6.1.5.5.7.3.4'] })],
    ['has a critical extension nobody knows', 'validation-failure', own({ strange: true })],
    ['is signed by somebody else', 'tlsa-invalid', own({ forged: true })],
  ])('it matters that the certificate %s', (_, code, certificate) => {
    expect(judged([certificate, middle, root], [[2, 0, 1, root]])).toBe(code);
  });

  test.each<[string, string, MadeCertificate]>([
    ['has expired', 'certificate-expired', authority({ notAfter: past })],
    ['is none', 'certificate-not-trusted', authority({ ca: false })],
    ['may not sign', 'tlsa-invalid', authority({ mayNotSign: true })],
    ['has a critical extension nobody knows', 'validation-failure', authority({ strange: true })],
    ['is signed by somebody else', 'tlsa-invalid', authority({ forged: true })],
  ])('it matters that an authority on the way %s', (_, code, between) => {
    expect(judged([below(between), between, root], [[2, 0, 1, root]])).toBe(code);
  });

  it('as many authorities may follow one as it allows', () => {
    const strict = makeCertificate({ subject: 'strict', ca: true, pathLength: 0 });
    const second = makeCertificate({ subject: 'second', issuer: strict, ca: true });
    expect(judged([below(strict), strict], [[2, 0, 1, strict]])).toBe('verified');
    expect(judged([below(second), second, strict], [[2, 0, 1, strict]])).toBe('certificate-not-trusted');
    const roomy = makeCertificate({ subject: 'roomy', ca: true, pathLength: 1 });
    const third = makeCertificate({ subject: 'third', issuer: roomy, ca: true });
    expect(judged([below(third), third, roomy], [[2, 0, 1, roomy]])).toBe('verified');
  });

  it('an authority that has expired does not spoil the one that took its place', () => {
    const old = authority({ notAfter: past, sameKeyAs: middle });
    expect(judged([server, old, middle, root], [[2, 0, 1, root]])).toBe('verified');
    expect(judged([server, old, root], [[2, 0, 1, root]])).toBe('certificate-expired');
  });

  it('one of the names is enough, a wildcard stands for a label, and the common name for want of others', () => {
    const records: Record_[] = [[2, 0, 1, middle]];
    const names = ['example.test'];
    expect(judged([own({ names: ['example.test'] }), middle], records)).toBe('certificate-host-mismatch');
    expect(judged([own({ names: ['example.test'] }), middle], records, { names })).toBe('verified');
    expect(judged([own({ names: ['*.example.test'] }), middle], records)).toBe('verified');
    const nameless = makeCertificate({ subject: base, issuer: middle });
    expect(judged([nameless, middle], records)).toBe('verified');
    const named = makeCertificate({ subject: base, issuer: middle, names: ['other.test'] });
    expect(judged([named, middle], records)).toBe('certificate-host-mismatch');
  });

  it('a server that presents many certificates does not keep us busy', () => {
    const twin = makeCertificate({ subject: 'middle', ca: true, sameKeyAs: middle });
    const many = Array.from({ length: 60 }, () =>
      makeCertificate({ subject: 'middle', issuer: twin, ca: true, sameKeyAs: middle }),
    );
    expect(judged([server, ...many], [[2, 0, 1, stranger]])).toBe('tlsa-invalid');
  });
});

it('A server without a certificate is not verified', () => {
  expect(judged([], [[3, 1, 1, server]])).toBe('validation-failure');
});

it('Whatever the data of the records, nothing is thrown and nothing matches', () => {
  const presented = [server, middle, root].map((one) => new X509Certificate(one.der));
  const record = fc.record({
    usage: fc.constantFrom(2, 3),
    selector: fc.constantFrom(0, 1),
    matchingType: fc.constantFrom(0, 1, 2),
    association: fc.uint8Array({ maxLength: 100 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
      expect(judgeByTlsa(presented, { base, names: [], records }, now)).not.toBe(true);
    }),
  );
});

it('Reads how many authorities may follow, and whether an extension is beyond us', () => {
  const of = (made: MadeCertificate) => extensionsOf(new X509Certificate(made.der));
  expect(of(root)).toEqual({ pathLength: null, beyondUs: false });
  expect(of(makeCertificate({ subject: 'x', ca: true, pathLength: 3 }))).toEqual({ pathLength: 3, beyondUs: false });
  expect(of(makeCertificate({ subject: 'x', strange: true }))).toEqual({ pathLength: null, beyondUs: true });
});
