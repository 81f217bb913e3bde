import { failureEvidence } from './failure-evidence.ts';
import { type HostVisits, type ShapingPorts, visitHosts } from './shaping/host-visits.ts';
import { limits } from './limits.ts';
import type { Evidence, Outcome } from './outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { Router, Routing, Target } from './ports/router.ts';
import type { HostResult, SmtpClient } from './ports/smtp-client.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';
import type { Postponement } from './postpone.ts';
import { plainPolicy } from './tls/tls-policy.ts';
import type { TlsWish } from './tls/tls-wish.ts';

const noSession = { phasesMs: {}, sessionId: null, localAddress: null, source: null, peerSubject: null } as const;

export type SmtpTransportPorts = {
  readonly router: Router;
  readonly client: SmtpClient;
  readonly clock: Clock;
  readonly shaping: ShapingPorts;
};

/**
 * Delivery over SMTP: finds the route of the domain and walks its hosts (RFC 5321 §5.1). Recipients that one host could not
 * be asked about go on to the next; those it answered for, or who are in doubt, do not. Hosts of a group that is to be left
 * alone now are passed over; when there are no others, nothing is dialled and the attempt is postponed.
 */
export function createSmtpTransport(ports: SmtpTransportPorts): Transport {
  return {
    async attempt(order) {
      const askedAt = ports.clock.now();
      const routing = await ports.router.route(order.domain, order.deadline, order.tls);
      const dnsMs = Math.max(0, ports.clock.now() - askedAt);
      const outcomes = await sentTo(routing, order, ports);
      return 'kind' in outcomes ? outcomes : outcomes.map((outcome) => withDns(outcome, dnsMs));
    },
  };
}

async function sentTo(
  routing: Routing,
  order: AttemptOrder,
  ports: SmtpTransportPorts,
): Promise<readonly Outcome[] | Postponement> {
  if (routing.kind !== 'targets') return withoutHost(routing, order);
  if (order.tls === 'requiretls' && !routing.hostsSecured) return unsecured(order);
  const visits = visitHosts(order, { ...ports.shaping, clock: ports.clock });
  try {
    return await walk(routing, order, visits, ports);
  } finally {
    await visits.end();
  }
}

function withDns(outcome: Outcome, dns: number): Outcome {
  const { session = noSession } = outcome;
  return { ...outcome, session: { ...session, phasesMs: { dns, ...session.phasesMs } } };
}

async function walk(
  { targets: all, accepted }: Extract<Routing, { kind: 'targets' }>,
  order: AttemptOrder,
  visits: HostVisits,
  ports: SmtpTransportPorts,
): Promise<readonly Outcome[] | Postponement> {
  const outcomes: (Outcome | undefined)[] = order.recipients.map(() => undefined);
  let waiting = order.recipients.map((_, index) => index);
  let passedOver = false;
  let dialled = false;
  let sessions = 0;
  const targets = all.slice(0, limits.addressesPerAttempt);
  // RFC 8689 §4.2.1: every host is asked for REQUIRETLS before none is said to offer it.
  const mostSessions = order.tls === 'requiretls' ? targets.length : limits.sessionsPerAttempt;
  for (const target of targets) {
    if (waiting.length === 0 || sessions >= mostSessions) break;
    const entered = isOver(order, ports.clock) ? null : await visits.enter(target);
    passedOver ||= entered === null;
    if (entered === null) continue;
    dialled = true;
    const subset = { ...order, recipients: waiting.flatMap((index) => order.recipients[index] ?? []) };
    const result = await ports.client.send(demanding(entered, order.tls), subset, accepted);
    const heard = result.recipients.map(({ outcome }) => outcome);
    visits.heard(target, { outcomes: heard, accepted, sessionReused: result.sessionReused });
    if (result.sessionOpened) sessions++;
    waiting = waiting.filter((index, position) => {
      const answer = result.recipients[position];
      outcomes[index] = atLast(outcomes[index], answer);
      return answer?.tryNextHost;
    });
  }
  if (passedOver) for (const index of waiting) outcomes[index] = unlessBounced(outcomes[index]);
  const refusal = dialled ? null : visits.refusal();
  if (refusal !== null && refusal !== 'no_source') return refusal;
  return outcomes.map((outcome) => outcome ?? undialled(order.signal.aborted, refusal === 'no_source'));
}

/** The word of the last host counts, but a host that could not be asked may yet take what another one will not. */
function atLast(
  earlier: Outcome | undefined,
  answer: HostResult['recipients'][number] | undefined,
): Outcome | undefined {
  const final = answer?.outcome.kind !== 'bounced' || !answer.tryNextHost;
  return earlier?.kind === 'deferred' && !final ? earlier : answer?.outcome;
}

/** A bounce that another host might have spared holds only when all were asked. */
function unlessBounced(outcome: Outcome | undefined): Outcome | undefined {
  return outcome?.kind === 'bounced' ? undefined : outcome;
}

function unsecured(order: AttemptOrder): readonly Outcome[] {
  const detail =
    'The message demands TLS all the way, and nothing proves that these are the mail hosts of the domain: neither DNSSEC, asked over a resolver that validates, nor an enforced MTA-STS policy.';
  const evidence = failureEvidence('dns', 'requiretls_unsecured_hosts', detail);
  const reply = { code: 550, enhancedCode: '5.7.30', text: detail };
  return order.recipients.map(() => ({ kind: 'bounced', source: 'local', evidence: { ...evidence, reply } }));
}

// An email that demands TLS demands a verified certificate of every hop; a hop with such a rule of its own keeps it.
function demanding(target: Target, wish: TlsWish): Target {
  if (wish !== 'required' && wish !== 'requiretls') return target;
  switch (target.tls) {
    case 'none':
    case 'opportunistic':
    case 'encrypted':
      return { ...target, tls: 'required', policy: plainPolicy(target.policy.domain, 'required') };
    case 'required':
    case 'dane':
    case 'implicit':
      return target;
  }
}

function isOver(order: AttemptOrder, clock: Clock): boolean {
  return order.signal.aborted || clock.now() >= order.deadline;
}

function undialled(interrupted: boolean, withoutSource: boolean): Outcome {
  if (withoutSource) {
    const detail = 'No source address of this host may be used for the addresses of the mail hosts.';
    return { kind: 'deferred', evidence: failureEvidence('connect', 'no_source_address', detail), cause: 'route' };
  }
  const evidence = failureEvidence('connect', 'not_dialled', 'The attempt ended before a host could be dialled.');
  return { kind: 'deferred', evidence, cause: interrupted ? 'interrupted' : 'host' };
}

function withoutHost(routing: Exclude<Routing, { kind: 'targets' }>, order: AttemptOrder): readonly Outcome[] {
  const evidence: Evidence = failureEvidence('dns', routing.error.code, routing.error.detail);
  return order.recipients.map(() => {
    if (routing.kind === 'defer') return { kind: 'deferred', evidence, cause: routing.cause };
    const { code, enhancedCode, error } = routing;
    return {
      kind: 'bounced',
      source: 'local',
      evidence: { ...evidence, reply: { code, enhancedCode, text: error.detail } },
    };
  });
}
