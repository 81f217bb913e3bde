import { addressOf, type Mailbox } from '../core/mailbox.ts';
import type { Random } from '../core/ports/random.ts';
import type { TlsReport } from '../core/tls/tls-report.ts';

export type TlsReportMail = {
  readonly from: Mailbox;
  readonly to: Mailbox;
  /** The policy domain. */
  readonly domain: string;
  readonly filename: string;
  readonly report: TlsReport;
  /** The report as it is sent. */
  readonly gzip: Uint8Array;
};

const boundaryBytes = 16;

/** The subject of a mailed report (RFC 8460 §5.3), on one line. Pure. */
export function tlsReportSubject({ from, domain, report }: Pick<TlsReportMail, 'from' | 'domain' | 'report'>): string {
  return subjectParts(from, domain, report).join(' ');
}

/** The message that a report is mailed in (RFC 8460 §5.3), without Message-ID and Date. */
export function tlsReportMessage(mail: TlsReportMail, random: Random): Buffer {
  const { from, to, domain, filename, report, gzip } = mail;
  // "=_" occurs neither in base64 nor in the text.
  const boundary = `=_${Buffer.from(random.bytes(boundaryBytes)).toString('hex')}`;
  const lines = [
    `From: ${addressOf(from)}`,
    `To: ${addressOf(to)}`,
    ...subjectParts(from, domain, report).map((part, index) => (index === 0 ? `Subject: ${part}` : ` ${part}`)),
    `TLS-Report-Domain: ${domain}`,
    `TLS-Report-Submitter: ${from.domain}`,
    // RFC 8460 §3: a report about a failure must not fail by it, here or at a later hop (RFC 8689 §5).
    'TLS-Required: No',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type="tlsrpt";',
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This is an aggregate report about TLS with the mail hosts of',
    domain,
    `on ${report['date-range']['start-datetime'].slice(0, 10)} (UTC), as asked for by its record at _smtp._tls (RFC 8460).`,
    '',
    `--${boundary}`,
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment;',
    ` filename="${filename}"`,
    '',
    ...base64Lines(gzip),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

function subjectParts(from: Mailbox, domain: string, report: TlsReport): readonly string[] {
  return [`Report Domain: ${domain}`, `Submitter: ${from.domain}`, `Report-ID: <${report['report-id']}>`];
}

// RFC 2045 §6.8.
function base64Lines(bytes: Uint8Array): readonly string[] {
  return (
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  );
}
