/** Mails that came back, in the forms that servers write: our own wording, each the smallest that still has the form. */
const head = (fields: string) => `Return-Path: <>\r\nTo: <bounce+tok@return.test>\r\n${fields}\r\n`;

export type Form = {
  readonly name: string;
  readonly mail: string;
  readonly expected: readonly (readonly [string, string, string, boolean])[];
};

const original = 'Subject: Offer\r\nFrom: <sales@shop.test>\r\nMessage-ID: <m1@shop.test>\r\n\r\nHello\r\n';

/** A multipart/report with the given fields of a delivery status. */
export function statusReport(status: string, words = 'It failed.', type = 'message/delivery-status'): string {
  return `${head('From: Mail Delivery System <MAILER-DAEMON@mx.test>\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n')}--b\r\n\r\n${words}\r\n\r\n--b\r\nContent-Type: ${type}\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n${status}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${original}\r\n--b--\r\n`;
}

function plain(fields: string, text: string): string {
  return `${head(fields)}${text}\r\n`;
}

/** What each form says of whom: address, action, category, whether it suppresses. */
export const forms: readonly Form[] = [
  {
    name: 'RFC 3464, every recipient',
    mail: statusReport(
      'Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.x.test\r\nDiagnostic-Code: smtp; 550 5.1.1 <a@x.test>:\r\n User unknown\r\n\r\nFinal-Recipient: rfc822; b@x.test\r\nAction: delayed\r\nStatus: 4.2.2\r\nDiagnostic-Code: smtp; 452 4.2.2 Mailbox full\r\n\r\nFinal-Recipient: rfc822; c@x.test\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\nOriginal-Recipient: rfc822;d@x.test\r\nFinal-Recipient: rfc822; e@x.test\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 Account disabled\r\n',
    ),
    expected: [
      ['a@x.test', 'failed', 'invalid_recipient', true],
      ['b@x.test', 'delayed', 'mailbox_full', false],
      ['c@x.test', 'relayed', 'delivered', false],
      ['e@x.test', 'failed', 'inactive_mailbox', true],
    ],
  },
  {
    name: 'RFC 6533, an address beyond ASCII',
    mail: statusReport(
      'Final-Recipient: utf-8; j\\x{F6}rg@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n',
      'It failed.',
      'message/global-delivery-status',
    ),
    expected: [['jörg@x.test', 'failed', 'invalid_recipient', true]],
  },
  {
    name: 'a delay that a permanent reply is quoted in',
    mail: statusReport(
      'Final-Recipient: rfc822; a@x.test\r\nAction: delayed\r\nStatus: 4.0.0\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n',
    ),
    expected: [['a@x.test', 'delayed', 'invalid_recipient', false]],
  },
  {
    name: 'the words of Postfix beside a diagnostic that says nothing',
    mail: statusReport(
      'Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: x-unix; 77\r\n',
      '<a@x.test>: Command died with status 77:\r\n    "/usr/bin/filter". Command output: cannot open the mailbox',
    ),
    expected: [['a@x.test', 'failed', 'system', false]],
  },
  {
    name: 'qmail',
    mail: plain(
      'From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n',
      "Hi. This is the qmail-send program at mx.test.\r\nI'm afraid I wasn't able to deliver your message.\r\n\r\n<a@x.test>:\r\n192.0.2.1 does not like recipient.\r\nRemote host said: 550 5.1.1 unknown mailbox\r\nGiving up on 192.0.2.1.\r\n\r\n<b@x.test>:\r\nUser over quota. (#5.2.2)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <sales@shop.test>\r\nTo: c@x.test\r\n",
    ),
    expected: [
      ['a@x.test', 'failed', 'invalid_recipient', true],
      ['b@x.test', 'failed', 'mailbox_full', false],
    ],
  },
  {
    name: 'Exim',
    mail: plain(
      'From: Mail Delivery System <Mailer-Daemon@mx.test>\r\nX-Failed-Recipients: a@x.test\r\nAuto-Submitted: auto-replied\r\nSubject: Mail delivery failed\r\n',
      'A message that you sent could not be delivered.\r\n\r\n  a@x.test\r\n    host mx.x.test [192.0.2.1]\r\n    SMTP error from remote mail server after MAIL FROM:<sales@shop.test>:\r\n    550 Access denied: unknown\r\n\r\n------ This is a copy of the message ------\r\n\r\nFrom: sales@shop.test\r\n',
    ),
    expected: [['a@x.test', 'failed', 'policy', false]],
  },
  {
    name: 'Exim, of a delay',
    mail: plain(
      'From: Mail Delivery System <Mailer-Daemon@mx.test>\r\nSubject: Warning: message delayed 24 hours\r\n',
      'The address to which the message has not yet been delivered is:\r\n\r\n  a@x.test\r\n    Delay reason: mailbox is full\r\n',
    ),
    expected: [['a@x.test', 'delayed', 'mailbox_full', false]],
  },
  {
    name: 'Exchange',
    mail: plain(
      'From: System Administrator <postmaster@x.test>\r\nSubject: Undeliverable: Offer\r\n',
      'Your message\r\n\r\n  To:      Anna\r\n  Subject: Offer\r\n\r\ndid not reach the following recipient(s):\r\n\r\na@x.test on Thu, 1 Jan 2026 10:00:00\r\n    The recipient name is not recognized\r\n',
    ),
    expected: [['a@x.test', 'failed', 'invalid_recipient', true]],
  },
  {
    name: 'Domino',
    mail: plain(
      'From: Postmaster@x.test\r\nSubject: DELIVERY FAILURE: User anna (a@x.test) not listed in Domino Directory\r\n',
      'was not delivered to:\r\n\r\n  a@x.test\r\n\r\nbecause:\r\n\r\n  User anna (a@x.test) not listed in Domino Directory\r\n',
    ),
    expected: [['a@x.test', 'failed', 'invalid_recipient', true]],
  },
  {
    name: 'Courier and others that name the recipient in a sentence, in Japanese beside English',
    mail: plain(
      'From: postmaster@x.test\r\nSubject: Returned mail\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n',
      '\x1b$B08@h\x1b(B: could not deliver to a@x.test, mailbox is full\r\n',
    ),
    expected: [['a@x.test', 'failed', 'mailbox_full', false]],
  },
  {
    name: 'au (KDDI), which names no address for what a filter refused',
    mail: statusReport(
      'Final-Recipient: rfc822; a@ezweb.ne.jp\r\nAction: failed\r\nStatus: 5.2.0\r\nDiagnostic-Code: smtp; 550 : User unknown\r\n',
    ),
    expected: [['a@ezweb.ne.jp', 'failed', 'policy', false]],
  },
  {
    name: 'au (KDDI), by the mark of its filter',
    mail: plain(
      'From: Postmaster@ezweb.ne.jp\r\nSubject: Mail System Error - Returned Mail\r\nX-SPASIGN: NG\r\n',
      '<a@ezweb.ne.jp>: 550 user unknown (in reply to RCPT TO command)\r\n',
    ),
    expected: [['a@ezweb.ne.jp', 'failed', 'policy', false]],
  },
  {
    name: 'PowerMTA, whose own category tells more than the reply',
    mail: statusReport(
      'Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 Nope\r\nX-PowerMTA-BounceCategory: quota-issues\r\n',
    ),
    expected: [['a@x.test', 'failed', 'mailbox_full', false]],
  },
  {
    name: 'fml, a list server that answers in its own name',
    mail: plain(
      'From: list-admin@x.test\r\nX-MLServer: fml\r\nSubject: NOT MEMBER article from sales@shop.test\r\n',
      'You are not a member of this mailing list <a@x.test>.\r\n\r\nOriginal mail as follows:\r\n\r\nSubject: Offer\r\n',
    ),
    expected: [['a@x.test', 'failed', 'policy', false]],
  },
  {
    name: 'a report within a mail of a gateway',
    mail: `${head('From: gateway@x.test\r\nSubject: Returned mail\r\nContent-Type: multipart/mixed; boundary="g"\r\n')}--g\r\n\r\nSee below.\r\n--g\r\nContent-Type: message/rfc822\r\n\r\n${statusReport('Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n')}\r\n--g--\r\n`,
    expected: [['a@x.test', 'failed', 'invalid_recipient', true]],
  },
  {
    name: 'a report in HTML, base64 and ISO-8859-1',
    mail: plain(
      'From: postmaster@x.test\r\nSubject: Unzustellbar\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n',
      Buffer.from('<p>Empf\xe4nger:</p><p>a@x.test</p><p>550 5.1.1 Unknown user</p>', 'latin1').toString('base64'),
    ),
    expected: [['a@x.test', 'failed', 'invalid_recipient', true]],
  },
  {
    name: 'an Amazon SES notification',
    mail: plain(
      'From: no-reply@sns.test\r\nSubject: Amazon SES Email Event Notification\r\n',
      '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@x.test","action":"failed","status":"5.1.1",\r\n "diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}\r\n\r\n--\r\nUnsubscribe',
    ),
    expected: [['a@x.test', 'failed', 'invalid_recipient', true]],
  },
];
