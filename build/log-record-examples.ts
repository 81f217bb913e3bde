import { classify } from '../functions/bounce/classify.ts';
import { readReturnedMail } from '../functions/bounce/read-returned-mail.ts';
import { type DeliveryRecord, deliveryRecords } from '../functions/core/delivery-log/delivery-record.ts';
import type { Delivery, Email, Recipient } from '../functions/core/email.ts';
import { endDelivery } from '../functions/core/end-delivery.ts';
import type { EmailId, ProjectId } from '../functions/core/ids.ts';
import { deliveryIdOf } from '../functions/core/delivery-id.ts';
import { type Mailbox, parseMailbox } from '../functions/core/mailbox.ts';
import type { Evidence, Outcome, SessionTrace } from '../functions/core/outcome.ts';
import type { DeliveryChange } from '../functions/core/ports/delivery-log.ts';
import { reportedDelivery } from '../functions/core/returned/reported-delivery.ts';
import { settle } from '../functions/core/settle.ts';

const acceptedAt = Date.parse('2026-11-25T12:00:00.000Z');
const attemptedAt = acceptedAt + 180;
const answeredAt = attemptedAt + 412;
const projectId = 'prj_default' as ProjectId;
const emailId = 'em_01kax8y5m0s4d7fxq2v9c3t6bnzr8wge1pjk' as EmailId;

const email: Email = {
  id: emailId,
  projectId,
  createdAt: acceptedAt,
  messageId: `<${emailId}@sender.example>`,
  from: 'Sender <news@sender.example>',
  subject: 'Hello',
  fromDomain: 'sender.example',
  sender: mailbox('news@sender.example'),
  scheduledAt: null,
  expiresAt: acceptedAt + 5 * 86_400_000,
  expiresAtGiven: false,
  tags: ['welcome'],
  metadata: { customer: '4711' },
  tls: 'opportunistic',
  onInDoubt: 'retry',
  test: false,
  content: { sizeBytes: 1047, eightBit: false, utf8Headers: false },
};

const queued = delivery('queued', 1, 0);
const sending = delivery('sending', 2, 1);

const evidence: Evidence = {
  phase: 'dot',
  host: 'mx1.receiver.example',
  ip: '192.0.2.25',
  port: 25,
  tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true, policy: 'mta-sts' },
  reply: { code: 250, enhancedCode: '2.0.0', text: '2.0.0 Ok: queued as 4bXk2J3Wz9' },
  error: null,
};

const untilRcpt = { dns: 31, connect: 12.4, greeting: 28.9, ehlo: 12.1, starttls: 41.7, mail: 13.2, rcpt: 0.1 };
const session: SessionTrace = {
  phasesMs: { ...untilRcpt, data: 0, body: 0.6, dot: 187.5 },
  sessionId: '8d0f3f2e-5d57-4a1c-9a64-2f1c7f0b7a11',
  localAddress: '198.51.100.7:41234',
  source: 'mta1.sender.example',
  peerSubject: ['CN=mx1.receiver.example'],
};

const gone = { code: 550, enhancedCode: '5.1.1', text: '5.1.1 <ada@receiver.example>: no such user' };
const lost = { code: 'connection_closed', detail: 'The server closed the connection.' };
const refused: Outcome = { kind: 'bounced', source: 'smtp', evidence: { ...evidence, phase: 'rcpt', reply: gone } };
const inDoubt: Outcome = { kind: 'in_doubt', evidence: { ...evidence, reply: null, error: lost } };
const delivered: Outcome = { kind: 'delivered', evidence };

/** A record of each kind, as they would follow from what is made up here. */
export function exampleRecords(): readonly DeliveryRecord[] {
  const past = attempted(delivered).next;
  const changes: readonly DeliveryChange[] = [
    { email, before: [], next: [queued] },
    changeOf(sending, attempted(delivered)),
    changeOf(sending, attempted(refused)),
    changeOf(sending, attempted(inDoubt)),
    { email, before: [queued], next: [endDelivery(queued, 'expired', email.expiresAt)] },
    { email, before: [queued], next: [endDelivery(queued, 'canceled', acceptedAt + 60_000)] },
    reportedBy(past, statusReport),
    reportedBy(past, complaint),
  ];
  return changes.flatMap((change) =>
    deliveryRecords(change, { classify, nodeId: '557f3ad4-2c8c-41ee-976e-782d7e12e173' }),
  );
}

const statusReport = {
  type: 'message/delivery-status',
  text: 'Reporting-MTA: dns; relay.receiver.example\n\nFinal-Recipient: rfc822; ada@receiver.example\nAction: failed\nStatus: 5.2.2\nRemote-MTA: dns; store.receiver.example\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\n',
};
const complaint = {
  type: 'message/feedback-report',
  text: 'Feedback-Type: abuse\nUser-Agent: SomeLoop/1.0\nVersion: 1\nOriginal-Rcpt-To: ada@receiver.example\n',
};

function reportedBy(past: Delivery, part: { readonly type: string; readonly text: string }): DeliveryChange {
  const { recipients } = readReturnedMail({ fields: [], text: '', parts: [part] });
  const reported = reportedDelivery(past, 0, recipients, answeredAt + 3_600_000);
  if (reported.kind !== 'changed') throw new Error('The example of a report changes nothing.');
  return { email, before: [past], next: [reported.next], reported: recipients };
}

function attempted(outcome: Outcome): { readonly next: Delivery; readonly outcomes: readonly Outcome[] } {
  const phasesMs = outcome === refused ? untilRcpt : session.phasesMs;
  const outcomes = [{ ...outcome, session: { ...session, phasesMs } }];
  const context = { email, now: answeredAt, scheduleMs: [60_000] as const, fraction: 0.5, classify };
  return { next: settle(sending, outcomes, context), outcomes };
}

function changeOf(before: Delivery, { next, outcomes }: ReturnType<typeof attempted>): DeliveryChange {
  return { email, before: [before], next: [next], outcomes };
}

function delivery(state: Delivery['state'], version: number, attempt: number): Delivery {
  const ada: Recipient = {
    mailbox: mailbox('ada@receiver.example'),
    kind: 'to',
    position: 0,
    status: 'open',
    updatedAt: acceptedAt,
    bounce: null,
    attempts: [],
  };
  const claimedAt = attempt === 0 ? null : attemptedAt;
  const id = deliveryIdOf(emailId, 0);
  const place = { id, emailId, projectId, domain: 'receiver.example' };
  return { ...place, state, version, attempt, claimedAt, dueAt: acceptedAt + 900_000, recipients: [ada] };
}

function mailbox(address: string): Mailbox {
  const parsed = parseMailbox(address);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.mailbox;
}
