import { type Mailbox, needsSmtpUtf8, parseMailbox } from '../core/mailbox.ts';
import { type Environment, refuse, valueOf } from './environment.ts';

const name = 'POSTERN_TLS_REPORT_FROM';

/** Who reports about TLS are from, and whom their readers may ask; `null` sends none and counts nothing. */
export function readTlsReportFrom(environment: Environment): Mailbox | null {
  const value = valueOf(environment, name);
  if (value === null) return null;
  const parsed = parseMailbox(value);
  return parsed.ok && !needsSmtpUtf8(parsed.mailbox)
    ? parsed.mailbox
    : refuse(name, value, 'an ASCII address such as tls-reports@example.com');
}
