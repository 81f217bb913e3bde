import { failureEvidence } from './failure-evidence.ts';
import { limits } from './limits.ts';
import type { Evidence, Outcome } from './outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { Router, Routing, Target } from './ports/router.ts';
import type { SmtpClient } from './ports/smtp-client.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';
import { plainPolicy } from './tls-policy.ts';

export type SmtpTransportPorts = {
  readonly router: Router;
  readonly client: SmtpClient;
  readonly clock: Clock;
};

/**
 * Delivery over SMTP: finds the route of the domain and walks its hosts (RFC 5321 §5.1). Recipients that one host could not
 * be asked about go on to the next; those it answered for, or who are in doubt, do not.
 */
export function createSmtpTransport(ports: SmtpTransportPorts): Transport {
  return {
    async attempt(order) {
      const routing = await ports.router.route(order.domain, order.deadline);
      return routing.kind === 'targets' ? await walk(routing, order, ports) : withoutHost(routing, order);
    },
  };
}

async function walk(
  routing: Extract<Routing, { kind: 'targets' }>,
  order: AttemptOrder,
  ports: SmtpTransportPorts,
): Promise<readonly Outcome[]> {
  const outcomes: (Outcome | undefined)[] = order.recipients.map(() => undefined);
  let waiting = order.recipients.map((_, index) => index);
  let sessions = 0;
  for (const target of routing.targets.slice(0, limits.addressesPerAttempt)) {
    if (waiting.length === 0 || sessions >= limits.sessionsPerAttempt || isOver(order, ports.clock)) break;
    const subset = { ...order, recipients: waiting.flatMap((index) => order.recipients[index] ?? []) };
    const result = await ports.client.send(demanding(target, order.tls), subset, routing.accepted);
    if (result.sessionOpened) sessions++;
    waiting = waiting.filter((index, position) => {
      const answer = result.recipients[position];
      outcomes[index] = answer?.outcome;
      return answer?.tryNextHost;
    });
  }
  return outcomes.map((outcome) => outcome ?? undialled(order.signal.aborted));
}

// An email that demands TLS demands a verified certificate of every hop; a hop with such a rule of its own keeps it.
function demanding(target: Target, tls: 'opportunistic' | 'required'): Target {
  if (tls === 'opportunistic') return target;
  switch (target.tls) {
    case 'none':
    case 'opportunistic':
    case 'encrypted':
      return { ...target, tls, policy: plainPolicy(target.policy.domain, tls) };
    case 'required':
    case 'dane':
    case 'implicit':
      return target;
  }
}

function isOver(order: AttemptOrder, clock: Clock): boolean {
  return order.signal.aborted || clock.now() >= order.deadline;
}

function undialled(interrupted: boolean): Outcome {
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
