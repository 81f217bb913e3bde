import type { Delivery, Email } from '../email.ts';
import { addressOf } from '../mailbox.ts';
import { mxGroupOf, mxProviderOf } from '../shaping/mx-group.ts';
import type { Phase, SessionTrace } from '../outcome.ts';
import type { Classify } from '../ports/classify.ts';
import type { DeliveryChange } from '../ports/delivery-log.ts';
import { peerResponse, type PeerResponse } from './peer-response.ts';
import { type DeliveryRecordType, type RecordedEvent, recordedEvents } from './recorded-events.ts';

/**
 * One line of the log of deliveries. Its fields are those of KumoMTA's `JsonLogRecord` as far as `session_id`, then our own; each
 * is described in docs/log-record.schema.json, and every one is always there.
 */
export type DeliveryRecord = {
  readonly type: DeliveryRecordType;
  readonly id: string;
  readonly sender: string;
  readonly recipient: string | readonly string[];
  readonly queue: string;
  readonly site: string;
  readonly size: number;
  readonly response: PeerResponse;
  readonly peer_address: { readonly name: string; readonly addr: string } | null;
  readonly timestamp: number;
  readonly created: number;
  readonly num_attempts: number;
  readonly bounce_classification: string;
  readonly egress_pool: null;
  readonly egress_source: string | null;
  readonly source_address: { readonly address: string; readonly protocol: null; readonly server: null } | null;
  readonly feedback_report: { readonly feedback_type: string; readonly original_rcpto_to: readonly string[] } | null;
  readonly meta: Readonly<Record<string, string>>;
  readonly headers: { readonly 'Message-ID': string };
  readonly delivery_protocol: 'ESMTP' | 'Sandbox' | null;
  readonly reception_protocol: 'HTTP';
  readonly nodeid: string;
  readonly tls_cipher: string | null;
  readonly tls_protocol_version: string | null;
  readonly tls_peer_subject_name: readonly string[] | null;
  readonly provider_name: string | null;
  readonly session_id: string | null;
  readonly time: string;
  readonly event: string;
  readonly status: string;
  readonly project: string;
  readonly delivery_id: string;
  readonly attempt_id: string | null;
  readonly attempt: number | null;
  readonly phase: Phase | null;
  readonly in_doubt: boolean;
  readonly rule: string | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly remote_mta: string | null;
  readonly port: number | null;
  readonly tls_policy: string | null;
  readonly tls_verified: boolean | null;
  readonly latency_ms: Readonly<Partial<Record<Phase, number>>> | null;
  readonly duration_ms: number | null;
  readonly retry_at: string | null;
  readonly tags: readonly string[];
  readonly test: boolean;
};

/** What records need beside the change: `nodeId` is a UUID of the process. */
export type RecordContext = { readonly classify: Classify; readonly nodeId: string };

const uncategorized = 'Uncategorized';

/**
 * The records of a change: one for each thing that happened and all recipients of a delivery to whom it happened alike, in the
 * order of the deliveries. Empty for a change that is none to a recipient. Pure.
 */
export function deliveryRecords(change: DeliveryChange, context: RecordContext): DeliveryRecord[] {
  const groups = new Map<string, { readonly of: Omit<DeliveryRecord, 'recipient'>; readonly to: string[] }>();
  for (const happened of recordedEvents(change)) {
    const of = recordOf(change, happened, context);
    const key = JSON.stringify(of);
    const group = groups.get(key) ?? { of, to: [] };
    group.to.push(addressOf(happened.recipient.mailbox));
    groups.set(key, group);
  }
  return Array.from(groups.values(), ({ of, to }) => withRecipients(of, to));
}

function withRecipients(of: Omit<DeliveryRecord, 'recipient'>, to: readonly string[]): DeliveryRecord {
  const [only, ...others] = to;
  const report = of.feedback_report;
  const { type, id, sender, ...rest } = of;
  const recipient = only !== undefined && others.length === 0 ? only : to;
  // Where people look first stands first.
  const record = { type, id, sender, recipient, ...rest };
  return report === null ? record : { ...record, feedback_report: { ...report, original_rcpto_to: to } };
}

function recordOf(
  { email }: DeliveryChange,
  happened: RecordedEvent,
  context: RecordContext,
): Omit<DeliveryRecord, 'recipient'> {
  const { type, delivery, recipient, attempt, at, session } = happened;
  const reason = reasonOf(happened, context.classify);
  return {
    type,
    ...ofEmail(email, delivery),
    ...ofPeer(happened),
    response: peerResponse(attempt, happened.bounce),
    timestamp: Math.floor(at / 1_000),
    num_attempts: attempt === null ? delivery.attempt : attempt.attempt - 1,
    bounce_classification: reason?.category ?? uncategorized,
    feedback_report:
      happened.feedbackType === null ? null : { feedback_type: happened.feedbackType, original_rcpto_to: [] },
    nodeid: context.nodeId,
    ...ofSession(session),
    time: new Date(at).toISOString(),
    event: happened.event,
    status: recipient.status,
    attempt_id: attempt && `${delivery.id}.${attempt.attempt}`,
    attempt: attempt?.attempt ?? null,
    phase: attempt?.phase ?? null,
    in_doubt: attempt?.outcome === 'in_doubt',
    rule: reason?.rule ?? null,
    error: attempt?.error ?? null,
    duration_ms: attempt?.durationMs ?? null,
    retry_at: attempt === null || recipient.status !== 'open' ? null : timeOrNull(delivery.dueAt),
  };
}

function ofEmail(email: Email, { id, domain, projectId }: Delivery) {
  return {
    id: email.id,
    sender: email.sender === null ? '' : addressOf(email.sender),
    queue: `${projectId}@${domain}`,
    size: email.content.sizeBytes,
    created: Math.floor(email.createdAt / 1_000),
    egress_pool: null,
    meta: email.metadata,
    headers: { 'Message-ID': email.messageId },
    reception_protocol: 'HTTP',
    project: projectId,
    delivery_id: id,
    tags: email.tags,
    test: email.test,
  } as const;
}

function ofPeer({ attempt, bounce }: RecordedEvent) {
  const host = attempt?.host ?? null;
  const ip = attempt?.ip ?? null;
  const dialled = host !== null && ip !== null;
  return {
    site: dialled ? mxGroupOf(host) : '',
    peer_address: dialled ? { name: host, addr: ip } : null,
    provider_name: dialled ? mxProviderOf(host) : null,
    delivery_protocol: dialled ? 'ESMTP' : host === 'sandbox' ? 'Sandbox' : null,
    tls_cipher: attempt?.tls?.cipher ?? null,
    tls_protocol_version: attempt?.tls?.protocol ?? null,
    remote_mta: host ?? bounce?.remoteMta ?? null,
    port: attempt?.port ?? null,
    tls_policy: attempt?.tls?.policy ?? null,
    tls_verified: attempt?.tls?.verified ?? null,
  } as const;
}

function ofSession(session: SessionTrace | null) {
  const localAddress = session?.localAddress ?? null;
  return {
    egress_source: session?.source ?? null,
    source_address: localAddress === null ? null : { address: localAddress, protocol: null, server: null },
    tls_peer_subject_name: session?.peerSubject ?? null,
    session_id: session?.sessionId ?? null,
    latency_ms: session && inTenths(session.phasesMs),
  };
}

function inTenths(phasesMs: SessionTrace['phasesMs']): SessionTrace['phasesMs'] {
  return Object.fromEntries(Object.entries(phasesMs).map(([phase, ms]) => [phase, Math.round(ms * 10) / 10]));
}

// Deferrals are named here and not in the ledger, for nobody decides anything by it.
function reasonOf(
  { attempt, bounce, reported }: RecordedEvent,
  classify: Classify,
): { readonly category: string; readonly rule: string } | null {
  const missed = attempt !== null && attempt.outcome !== 'delivered' && attempt.outcome !== 'relayed';
  const reason = reported ?? bounce ?? (missed ? classify(attempt) : null);
  return reason && { category: reason.category === 'unknown' ? uncategorized : reason.category, rule: reason.rule };
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
