import { describe, expect, it } from 'vitest';

import type { TlsResult } from '../../../functions/core/ports/tls-results.ts';
import { findingOf, type TlsCount } from '../../../functions/core/tls/tls-finding.ts';
import { type PublishedTls, plainPolicy, type TlsFailureCode } from '../../../functions/core/tls/tls-policy.ts';
import { tlsReportFilename, tlsReportOf } from '../../../functions/core/tls/tls-report.ts';

const subject = { domain: 'company-y.example', day: '2016-04-01' };
const reporter = { organization: 'Company-X', contact: 'sts-reporting@company-x.example', domain: 'company-x.example' };
const sts: PublishedTls = {
  kind: 'sts',
  policy: { mode: 'testing', mx: ['*.mail.company-y.example'], maxAgeSeconds: 86_400 },
};

function result(published: PublishedTls | null, changes: Partial<TlsResult> = {}): TlsResult {
  const policy = plainPolicy(subject.domain, 'mta-sts-testing', published);
  return { policy, host: 'mx1.mail.company-y.example', ip: '203.0.113.56', localIp: null, failure: null, ...changes };
}

function failing(code: TlsFailureCode, changes: Partial<TlsResult>): TlsResult {
  return result(sts, { failure: { code, detail: 'It said so.' }, ...changes });
}

function counted(one: TlsResult, sessions: number): TlsCount {
  const finding = findingOf(one, (ip) => ip !== '10.0.0.1');
  if (finding === null) throw new Error('It is none of its business.');
  return { finding, sessions };
}

describe('a report', () => {
  it('has the shape of the example in RFC 8460, appendix B (C47)', () => {
    const counts = [
      counted(
        failing('validation-failure', {
          host: 'mx-backup.mail.company-y.example',
          localIp: '198.51.100.62',
          ip: '203.0.113.58',
        }),
        3,
      ),
      counted(result(sts), 5_326),
      counted(
        failing('starttls-not-supported', { host: 'mx2.mail.company-y.example', localIp: '2001:db8:abcd:13::1' }),
        200,
      ),
      counted(failing('certificate-expired', { localIp: '2001:db8:abcd:12::1', ip: null }), 100),
    ];
    expect(tlsReportOf(subject, counts, reporter)).toEqual({
      'organization-name': 'Company-X',
      'date-range': { 'start-datetime': '2016-04-01T00:00:00Z', 'end-datetime': '2016-04-01T23:59:59Z' },
      'contact-info': 'sts-reporting@company-x.example',
      'report-id': '2016-04-01.company-y.example@company-x.example',
      policies: [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': ['version: STSv1', 'mode: testing', 'mx: *.mail.company-y.example', 'max_age: 86400'],
            'policy-domain': 'company-y.example',
            'mx-host': ['*.mail.company-y.example'],
          },
          summary: { 'total-successful-session-count': 5_326, 'total-failure-session-count': 303 },
          'failure-details': [
            {
              'result-type': 'starttls-not-supported',
              'sending-mta-ip': '2001:db8:abcd:13::1',
              'receiving-mx-hostname': 'mx2.mail.company-y.example',
              'receiving-ip': '203.0.113.56',
              'failed-session-count': 200,
              'failure-reason-code': 'It said so.',
            },
            {
              'result-type': 'certificate-expired',
              'sending-mta-ip': '2001:db8:abcd:12::1',
              'receiving-mx-hostname': 'mx1.mail.company-y.example',
              'failed-session-count': 100,
              'failure-reason-code': 'It said so.',
            },
            {
              'result-type': 'validation-failure',
              'sending-mta-ip': '198.51.100.62',
              'receiving-mx-hostname': 'mx-backup.mail.company-y.example',
              'receiving-ip': '203.0.113.58',
              'failed-session-count': 3,
              'failure-reason-code': 'It said so.',
            },
          ],
        },
      ],
    });
  });

  it('has an entry for every policy of the day, the same in whatever order the counts come', () => {
    const record = { usage: 3, selector: 1, matchingType: 1, association: Buffer.from('1f85', 'hex') };
    const counts = [
      counted(result({ kind: 'none' }), 2),
      counted(result({ kind: 'tlsa', records: [record] }), 1),
      counted(result({ kind: 'sts', policy: null }, { failure: { code: 'sts-policy-fetch-error', detail: 'X.' } }), 4),
    ];
    const report = tlsReportOf(subject, counts, reporter);
    expect(tlsReportOf(subject, counts.toReversed(), reporter)).toEqual(report);
    expect(report.policies.map(({ policy }) => policy)).toEqual([
      { 'policy-type': 'no-policy-found', 'policy-domain': 'company-y.example' },
      { 'policy-type': 'sts', 'policy-domain': 'company-y.example' },
      { 'policy-type': 'tlsa', 'policy-string': ['3 1 1 1F85'], 'policy-domain': 'company-y.example' },
    ]);
  });

  it('tells no address of ours that means nothing to others', () => {
    const { finding } = counted(failing('certificate-expired', { localIp: '10.0.0.1' }), 1);
    expect(finding.failure?.localIp).toBe(null);
  });

  it('is not made of sessions under a rule that is not the domain’s own', () => {
    expect(findingOf(result(null), () => true)).toBe(null);
  });

  it('is in a file whose name says what it is about (RFC 8460 §5.1)', () => {
    const name = tlsReportFilename(subject, reporter);
    expect(name).toBe('company-x.example!company-y.example!1459468800!1459555199!20160401.json.gz');
  });
});
