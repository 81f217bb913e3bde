/** A delivery report to `to` (RFC 3464) that says of each of `recipients` what became of its mail. */
export function deliveryReport(
  to: string,
  recipients: readonly {
    readonly address: string;
    readonly original?: string;
    readonly action?: string;
    readonly status?: string;
    readonly diagnostic?: string;
  }[],
): string {
  const blocks = recipients.map(
    ({ address, original, action = 'failed', status = '5.1.1', diagnostic = '550 5.1.1 No such user here' }) => [
      '',
      ...(original === undefined ? [] : [`Original-Recipient: rfc822;${original}`]),
      `Final-Recipient: rfc822;${address}`,
      `Action: ${action}`,
      `Status: ${status}`,
      'Remote-MTA: dns;mx.one.example',
      `Diagnostic-Code: smtp;${diagnostic}`,
    ],
  );
  return [
    'Return-Path: <>',
    'From: Mail Delivery System <MAILER-DAEMON@mx.one.example>',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="edge"',
    '',
    '--edge',
    'Content-Type: text/plain',
    '',
    'I could not deliver your message.',
    '',
    '--edge',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns;mx.one.example',
    ...blocks.flat(),
    '',
    '--edge',
    'Content-Type: text/rfc822-headers',
    '',
    'From: a@sender.example',
    'Subject: Hello',
    '',
    '--edge--',
    '',
  ].join('\r\n');
}

/** A feedback report to `to` (RFC 5965) about a mail to `recipient`, whose address is left out when it is `null`. */
export function complaintReport(to: string, recipient: string | null, type = 'abuse'): string {
  return [
    'From: <abuse@mx.one.example>',
    `To: ${to}`,
    'Subject: FW: Hello',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="edge"',
    '',
    '--edge',
    'Content-Type: text/plain',
    '',
    'This is an email abuse report.',
    '',
    '--edge',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${type}`,
    'User-Agent: Example/1.0',
    'Version: 1',
    ...(recipient === null ? [] : [`Original-Rcpt-To: ${recipient}`]),
    '',
    '--edge',
    'Content-Type: message/rfc822',
    '',
    'From: a@sender.example',
    'Subject: Hello',
    '',
    'Hello',
    '',
    '--edge--',
    '',
  ].join('\r\n');
}
