import { addressOf, type Mailbox } from '../core/mailbox.ts';
import type { DsnParameters } from './dsn-parameters.ts';

/** The parameters of MAIL and RCPT, each `null`, `false` or empty unless the server offered the extension. */
export type MailParameters = {
  readonly sizeBytes: number | null;
  readonly body: '8BITMIME' | null;
  readonly smtpUtf8: boolean;
  readonly requireTls: boolean;
  readonly dsn: DsnParameters;
};

/** One command on the wire. Throws for what would be more than one: its parts were parsed long before. */
export function commandLine(command: string): Buffer {
  if (/[\r\n\0]/.test(command)) throw new Error('A command contains a line end.');
  return Buffer.from(`${command}\r\n`);
}

/** MAIL (RFC 5321 §4.1.1.2) with SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689), RET and ENVID (RFC 3461); `null` is the null reverse path. */
export function mailCommand(sender: Mailbox | null, parameters: MailParameters): Buffer {
  const size = parameters.sizeBytes === null ? '' : ` SIZE=${parameters.sizeBytes}`;
  const body = parameters.body === null ? '' : ` BODY=${parameters.body}`;
  const utf8 = parameters.smtpUtf8 ? ' SMTPUTF8' : '';
  const tls = parameters.requireTls ? ' REQUIRETLS' : '';
  return commandLine(
    `MAIL FROM:<${sender === null ? '' : path(sender)}>${size}${body}${utf8}${tls}${parameters.dsn.mail}`,
  );
}

/** RCPT (RFC 5321 §4.1.1.3) with NOTIFY and ORCPT (RFC 3461). */
export function rcptCommand(recipient: Mailbox, { dsn }: Pick<MailParameters, 'dsn'>): Buffer {
  return commandLine(`RCPT TO:<${path(recipient)}>${dsn.rcpt(recipient)}`);
}

function path(mailbox: Mailbox): string {
  const address = addressOf(mailbox);
  // Nothing a Mailbox can hold; were it otherwise, parameters or a second path could be smuggled in.
  if (/[\s<>]/.test(address)) throw new Error('An address contains a space or an angle bracket.');
  return address;
}
