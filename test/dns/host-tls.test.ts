import { describe, expect, it } from 'vitest';

import type { StsPolicy } from '../../functions/core/tls/sts-policy.ts';
import type { Dane } from '../../functions/dns/dane-lookup.ts';
import { tlsOfHost } from '../../functions/dns/host-tls.ts';
import { levelFor, type TlsLevel } from '../../functions/dns/tls-levels.ts';

const host = 'mx.example.test';
const reference = { base: host, names: [], records: [] };
const danes: Readonly<Record<string, Dane>> = {
  none: { kind: 'none' },
  unusable: { kind: 'unusable' },
  usable: { kind: 'usable', reference },
  failure: { kind: 'failure', code: 'servfail', detail: 'It failed.' },
};
const policy = (mode: StsPolicy['mode'], mx = host): StsPolicy => ({ mode, mx: [mx], maxAgeSeconds: 1 });
const policies: Readonly<Record<string, StsPolicy | null>> = {
  none: null,
  off: policy('none', 'other.test'),
  enforce: policy('enforce'),
  'enforce other': policy('enforce', 'other.test'),
  testing: policy('testing'),
  'testing other': policy('testing', 'other.test'),
};

function demandOf(level: TlsLevel | null, sts: string, dane: string): string {
  const facts = {
    domain: 'example.test',
    host,
    level,
    sts: policies[sts] ?? null,
    dane: danes[dane] ?? { kind: 'none' },
  };
  const tls = tlsOfHost(facts);
  if (tls.kind === 'excluded') return `excluded by ${tls.rule}: ${tls.failure.code}`;
  const objection = tls.policy.objection === null ? '' : ` but ${tls.policy.objection.code}`;
  expect(tls.policy.dane).toEqual(tls.tls === 'dane' ? reference : null);
  return `${tls.tls} by ${tls.policy.rule}${objection}`;
}

describe('what is demanded of a mail host', () => {
  it.each<[TlsLevel | null, string, string, string]>([
    [null, 'none', 'none', 'opportunistic by opportunistic'],
    [null, 'none', 'usable', 'dane by dane'],
    [null, 'none', 'unusable', 'encrypted by dane'],
    [null, 'none', 'failure', 'excluded by dane: dnssec-invalid'],
    [null, 'off', 'none', 'opportunistic by opportunistic'],
    [null, 'enforce', 'none', 'required by mta-sts'],
    [null, 'enforce other', 'none', 'excluded by mta-sts: validation-failure'],
    [null, 'testing', 'none', 'opportunistic by mta-sts-testing'],
    [null, 'testing other', 'none', 'opportunistic by mta-sts-testing but validation-failure'],
    // DANE decides about the certificate, and never less than MTA-STS would.
    [null, 'enforce', 'usable', 'dane by dane'],
    [null, 'enforce', 'unusable', 'required by mta-sts'],
    [null, 'enforce', 'failure', 'excluded by dane: dnssec-invalid'],
    [null, 'enforce other', 'usable', 'excluded by mta-sts: validation-failure'],
    [null, 'testing', 'usable', 'dane by dane'],
    [null, 'testing', 'unusable', 'encrypted by dane'],
    [null, 'testing other', 'failure', 'excluded by dane: dnssec-invalid'],
    // The operator's word adds to what is published,
    ['required', 'none', 'none', 'encrypted by required'],
    ['verified', 'none', 'none', 'required by verified'],
    ['required', 'testing', 'none', 'encrypted by required'],
    ['required', 'enforce', 'none', 'required by mta-sts'],
    ['required', 'none', 'usable', 'dane by dane'],
    ['verified', 'none', 'unusable', 'required by verified'],
    ['verified', 'enforce other', 'none', 'excluded by mta-sts: validation-failure'],
    // unless it says that the TLS of the domain does not matter.
    ['none', 'enforce other', 'failure', 'none by none'],
    ['opportunistic', 'enforce', 'usable', 'opportunistic by opportunistic'],
  ])('by level %s, MTA-STS %s and DANE %s is: %s (C45)', (level, sts, dane, expected) => {
    expect(demandOf(level, sts, dane)).toBe(expected);
  });
});

describe('the level of a domain', () => {
  const rules = [
    { domain: '.test', level: 'none' },
    { domain: '.example.test', level: 'required' },
    { domain: 'example.test', level: 'verified' },
  ] as const;

  it.each([
    ['example.test', 'verified'],
    ['sub.example.test', 'required'],
    ['a.sub.example.test', 'required'],
    ['notexample.test', 'none'],
    ['example.org', null],
    ['test', null],
  ])('is that of the rule that fits best: %s %s', (domain, level) => {
    expect(levelFor(domain, rules)).toBe(level);
    expect(levelFor(domain, rules.toReversed())).toBe(level);
  });
});

it('What reports say of it is what the domain has published and nothing else', () => {
  const said = (level: TlsLevel | null, sts: string, dane: string): string | null => {
    const facts = {
      domain: 'example.test',
      host,
      level,
      sts: policies[sts] ?? null,
      dane: danes[dane] ?? { kind: 'none' as const },
    };
    const tls = tlsOfHost(facts);
    const published = tls.kind === 'excluded' ? tls.published : tls.policy.published;
    return published?.kind ?? null;
  };
  expect(['none', 'off'].map((sts) => said(null, sts, 'none'))).toEqual(['none', 'none']);
  expect(['enforce', 'enforce other', 'testing'].map((sts) => said(null, sts, 'none'))).toEqual(['sts', 'sts', 'sts']);
  expect(['usable', 'unusable', 'failure'].map((dane) => said(null, 'none', dane))).toEqual(['tlsa', 'tlsa', 'tlsa']);
  expect(said(null, 'testing', 'usable')).toBe('tlsa');
  const levels = ['none', 'opportunistic', 'required', 'verified'] as const;
  expect(levels.map((level) => said(level, 'testing', 'none'))).toEqual([null, null, null, null]);
});
