import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { tlsReportFilename, tlsReportOf } from '../../functions/core/tls/tls-report.ts';
import { lineFault } from '../../functions/mime/content-facts.ts';
import { tlsReportMessage, tlsReportSubject } from '../../functions/mime/tls-report-message.ts';
import { mailbox } from '../support/smtp-order.ts';

const reporter = { organization: 'gateway.test', contact: 'tls@gateway.test', domain: 'gateway.test' };

function mailOn(domain: string, sessions = 1) {
  const subject = { domain, day: '2026-11-25' };
  const counts = Array.from({ length: sessions }, (_, index) => ({
    sessions: index + 1,
    finding: {
      policy: { type: 'no-policy-found' as const, lines: [], mxHosts: [] },
      failure: {
        code: 'validation-failure' as const,
        host: `mx${index}.${domain}`,
        ip: null,
        localIp: null,
        reason: 'X.',
      },
    },
  }));
  const report = tlsReportOf(subject, counts, reporter);
  const gzip = gzipSync(JSON.stringify(report));
  const filename = tlsReportFilename(subject, reporter);
  return { from: mailbox('tls@gateway.test'), to: mailbox('reports@example.test'), domain, filename, report, gzip };
}

describe('the mail with a report', () => {
  it('says in its header what it is about (RFC 8460 §5.3, C47)', () => {
    const text = tlsReportMessage(mailOn('example.test'), systemRandom).toString();
    const header = text.slice(0, text.indexOf('\r\n\r\n')).replaceAll(/\r\n(?= )/g, '');
    expect(header.split('\r\n').map((line) => line.replace(/=_[0-9a-f]{32}/, '=_x'))).toEqual([
      'From: tls@gateway.test',
      'To: reports@example.test',
      'Subject: Report Domain: example.test Submitter: gateway.test Report-ID: <2026-11-25.example.test@gateway.test>',
      'TLS-Report-Domain: example.test',
      'TLS-Report-Submitter: gateway.test',
      'TLS-Required: No',
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type="tlsrpt"; boundary="=_x"',
    ]);
    expect(header).toContain(`Subject: ${tlsReportSubject(mailOn('example.test'))}`);
  });

  it('carries the report gzipped, under the name of the file', () => {
    const mail = mailOn('example.test', 500);
    const text = tlsReportMessage(mail, systemRandom).toString();
    const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? '';
    const [, plain, attached, end] = text.split(`--${boundary}`);
    expect(plain).toMatch(/^\r\nContent-Type: text\/plain; charset=us-ascii\r\n\r\nThis is an aggregate report/);
    const [fields = '', body = ''] = attached?.split('\r\n\r\n') ?? [];
    expect(fields).toContain('Content-Type: application/tlsrpt+gzip');
    expect(fields).toContain('filename="gateway.test!example.test!1795564800!1795651199!20261125.json.gz"');
    expect(JSON.parse(gunzipSync(Buffer.from(body, 'base64')).toString())).toEqual(mail.report);
    expect(end).toBe('--\r\n');
  });

  it('is fit for the wire with the longest names', () => {
    const domain = `${'a'.repeat(61)}.`.repeat(4).slice(0, 240) + '.test';
    const bytes = tlsReportMessage(mailOn(domain, 50), systemRandom);
    expect(lineFault(bytes)).toBe(null);
  });
});
