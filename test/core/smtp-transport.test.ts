import { describe, expect, it } from 'vitest';

import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import type { Outcome } from '../../functions/core/outcome.ts';
import type { Router, Routing, Target } from '../../functions/core/ports/router.ts';
import type { HostResult, SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import type { AttemptOrder } from '../../functions/core/ports/transport.ts';
import { pausedOnFault } from '../../functions/core/route-breaker.ts';
import { createSmtpTransport } from '../../functions/core/smtp-transport.ts';
import { plainPolicy } from '../../functions/core/tls/tls-policy.ts';
import { mailboxOf } from '../contract/samples.ts';
import { createSimulatedClock } from '../sim/world.ts';
import { outcomesOf, shapingFor } from '../support/shaping.ts';

type HostAnswer = { readonly outcome: Outcome['kind']; readonly next?: boolean };

const facts = { sizeBytes: 1, eightBit: false, utf8Headers: false };
const clock = createSimulatedClock(1_000_000);

function orderTo(recipients: readonly string[], changes: Partial<AttemptOrder> = {}): AttemptOrder {
  return {
    deliveryId: 'em_test.0' as AttemptOrder['deliveryId'],
    attempt: 1,
    domain: 'one.example',
    sender: mailboxOf('a@sender.example'),
    recipients: recipients.map(mailboxOf),
    message: { facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) },
    tls: 'opportunistic',
    deadline: clock.now() + 60_000,
    signal: new AbortController().signal,
    ...changes,
  };
}

function targetsOf(...hosts: string[]): Extract<Routing, { kind: 'targets' }> {
  const targets = hosts.map((host): Target => ({
    host,
    ip: '192.0.2.1',
    port: 25,
    tls: 'opportunistic',
    policy: plainPolicy('one.example', 'opportunistic'),
    credentials: null,
  }));
  return { kind: 'targets', targets, accepted: 'delivered', hostsSecured: true };
}

function outcomeOf(kind: Outcome['kind'], host: string): Outcome {
  const evidence = { ...failureEvidence('dot', 'x', 'X.'), host };
  if (kind === 'deferred') return { kind, evidence, cause: 'host' };
  return kind === 'bounced' ? { kind, evidence, source: 'smtp' } : { kind, evidence };
}

/** Hosts that answer by recipient; what they were asked stands in `asked`. */
function walkOver(
  routing: Routing,
  hosts: Record<string, Record<string, HostAnswer>>,
  sessions = true,
  onAsked = (): void => undefined,
  onRouted: (wish: string) => unknown = () => undefined,
) {
  const asked: { readonly host: string; readonly tls: string; readonly recipients: readonly string[] }[] = [];
  const client: SmtpClient = {
    send: async (target, order): Promise<HostResult> => {
      const recipients = order.recipients.map(addressOf);
      onAsked();
      asked.push({ host: target.host, tls: target.tls, recipients });
      return {
        sessionOpened: sessions,
        sessionReused: false,
        recipients: recipients.map((address) => {
          const { outcome, next = false } = hosts[target.host]?.[address] ?? { outcome: 'deferred', next: true };
          return { outcome: outcomeOf(outcome, target.host), tryNextHost: next };
        }),
      };
    },
    close: async () => undefined,
  };
  const router: Router = { route: async (_domain, _deadline, wish) => (onRouted(wish), routing) };
  const whole = createSmtpTransport({ router, client, clock, shaping: shapingFor({ clock }) });
  return { transport: { attempt: async (order: AttemptOrder) => outcomesOf(await whole.attempt(order)) }, asked };
}

describe('an attempt over SMTP', () => {
  it('takes only those to the next host whom this one could not be asked about', async () => {
    const { transport, asked } = walkOver(targetsOf('mx1', 'mx2'), {
      mx1: {
        'a@one.example': { outcome: 'bounced' },
        'b@one.example': { outcome: 'deferred', next: true },
        'c@one.example': { outcome: 'deferred' },
      },
      mx2: { 'b@one.example': { outcome: 'delivered' } },
    });
    const outcomes = await transport.attempt(orderTo(['a@one.example', 'b@one.example', 'c@one.example']));
    expect(outcomes.map(({ kind, evidence }) => [kind, evidence.host])).toEqual([
      ['bounced', 'mx1'],
      ['delivered', 'mx2'],
      ['deferred', 'mx1'],
    ]);
    expect(asked[1]?.recipients).toEqual(['b@one.example']);
  });

  it('never walks on with a recipient in doubt', async () => {
    const { transport, asked } = walkOver(targetsOf('mx1', 'mx2'), {
      mx1: { 'a@one.example': { outcome: 'in_doubt' } },
    });
    const [outcome] = await transport.attempt(orderTo(['a@one.example']));
    expect(outcome?.kind).toBe('in_doubt');
    expect(asked).toHaveLength(1);
  });

  it('ends after two sessions, and after five addresses that open none (N14, C09)', async () => {
    const hosts = Array.from({ length: 9 }, (_, index) => `mx${index}`);
    const opened = walkOver(targetsOf(...hosts), {});
    await opened.transport.attempt(orderTo(['a@one.example']));
    expect(opened.asked).toHaveLength(2);
    const refused = walkOver(targetsOf(...hosts), {}, false);
    await refused.transport.attempt(orderTo(['a@one.example']));
    expect(refused.asked).toHaveLength(5);
  });

  it('dials nobody once it was told to stop, and is due again at once', async () => {
    const stop = new AbortController();
    stop.abort();
    const { transport, asked } = walkOver(targetsOf('mx1'), {});
    const outcomes = await transport.attempt(orderTo(['a@one.example'], { signal: stop.signal }));
    expect(outcomes).toMatchObject([{ kind: 'deferred', cause: 'interrupted' }]);
    expect(asked).toEqual([]);
  });

  it('does not demand more of a host for a message that would rather arrive, and tells the router', async () => {
    const wishes: string[] = [];
    const { transport, asked } = walkOver(targetsOf('mx1'), {}, true, undefined, (wish) => wishes.push(wish));
    await transport.attempt(orderTo(['a@one.example'], { tls: 'relaxed' }));
    expect([wishes, asked[0]?.tls]).toEqual([['relaxed'], 'opportunistic']);
  });

  it('dials nobody past its deadline, and waits for its next turn', async () => {
    const { transport, asked } = walkOver(targetsOf('mx1'), {});
    const outcomes = await transport.attempt(orderTo(['a@one.example'], { deadline: clock.now() }));
    expect(outcomes).toMatchObject([{ kind: 'deferred', cause: 'host' }]);
    expect(asked).toEqual([]);
  });

  it('demands TLS of every host when the email does', async () => {
    const { transport, asked } = walkOver(targetsOf('mx1'), {});
    await transport.attempt(orderTo(['a@one.example'], { tls: 'required' }));
    expect(asked[0]?.tls).toBe('required');
  });

  describe('with REQUIRETLS', () => {
    const order = orderTo(['a@one.example'], { tls: 'requiretls' });
    const refuses = { 'a@one.example': { outcome: 'bounced', next: true } } as const;
    const absent = { 'a@one.example': { outcome: 'deferred', next: true } } as const;
    const takes = { 'a@one.example': { outcome: 'delivered' } } as const;

    it('asks every host before the last one is believed, and demands TLS of each', async () => {
      const hosts = { mx1: refuses, mx2: refuses, mx3: refuses, mx4: takes };
      const { transport, asked } = walkOver(targetsOf('mx1', 'mx2', 'mx3', 'mx4'), hosts);
      expect(await transport.attempt(order)).toMatchObject([{ kind: 'delivered' }]);
      expect(asked.map(({ tls }) => tls)).toEqual(Array(4).fill('required'));
    });

    it('bounces when no host offers it (C48)', async () => {
      const { transport } = walkOver(targetsOf('mx1', 'mx2'), { mx1: refuses, mx2: refuses });
      expect(await transport.attempt(order)).toMatchObject([{ kind: 'bounced' }]);
    });

    it.each([
      [{ mx1: refuses, mx2: absent }, 'mx2'],
      [{ mx1: absent, mx2: refuses }, 'mx1'],
    ])('waits while a host is out of reach that may offer it', async (hosts, host) => {
      const { transport } = walkOver(targetsOf('mx1', 'mx2'), hosts);
      expect(await transport.attempt(order)).toMatchObject([{ kind: 'deferred', evidence: { host } }]);
    });

    it('waits when there was no time to ask every host', async () => {
      const stop = new AbortController();
      const { transport, asked } = walkOver(targetsOf('mx1', 'mx2'), { mx1: refuses }, true, () => stop.abort());
      expect(await transport.attempt({ ...order, signal: stop.signal })).toMatchObject([
        { kind: 'deferred', cause: 'interrupted' },
      ]);
      expect(asked).toHaveLength(1);
    });

    it('dials nobody when anybody could have named the hosts (C48)', async () => {
      const { transport, asked } = walkOver({ ...targetsOf('mx1'), hostsSecured: false }, { mx1: takes });
      expect(await transport.attempt(order)).toMatchObject([
        {
          kind: 'bounced',
          source: 'local',
          evidence: { reply: { enhancedCode: '5.7.30' }, error: { code: 'requiretls_unsecured_hosts' } },
        },
      ]);
      expect(asked).toEqual([]);
      expect(await transport.attempt({ ...order, tls: 'required' })).toMatchObject([{ kind: 'delivered' }]);
    });
  });

  it('bounces every recipient of a domain that cannot take mail, with the code of the rule', async () => {
    const error = { code: 'null_mx', detail: 'No mail here.' };
    const { transport } = walkOver({ kind: 'bounce', code: 556, enhancedCode: '5.1.10', error }, {});
    const outcomes = await transport.attempt(orderTo(['a@one.example', 'b@one.example']));
    expect(outcomes).toHaveLength(2);
    expect(outcomes[1]).toMatchObject({
      kind: 'bounced',
      source: 'local',
      evidence: { phase: 'dns', error, reply: { code: 556, enhancedCode: '5.1.10' } },
    });
  });

  it('defers when the way cannot be found', async () => {
    const error = { code: 'dns_servfail', detail: 'SERVFAIL.' };
    const { transport } = walkOver({ kind: 'defer', cause: 'host', error }, {});
    expect(await transport.attempt(orderTo(['a@one.example']))).toMatchObject([
      { kind: 'deferred', cause: 'host', evidence: { error } },
    ]);
  });
});

describe('a route that was at fault itself', () => {
  it('is left alone for the pause, and tried again after it', async () => {
    let attempts = 0;
    const evidence = failureEvidence('auth', 'auth_refused', 'The login was refused.');
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const transport = pausedOnFault(
      {
        attempt: async () => {
          attempts++;
          return [{ kind: 'deferred', cause: 'route', evidence }];
        },
      },
      5_000,
      { clock, log: silent },
    );
    const order = orderTo(['a@one.example']);
    await transport.attempt(order);
    expect(await transport.attempt(order)).toMatchObject([
      { kind: 'deferred', cause: 'route', evidence: { error: { code: 'route_paused' } } },
    ]);
    expect(attempts).toBe(1);
    clock.advance(5_000);
    await transport.attempt(order);
    expect(attempts).toBe(2);
    // A clock that is set back does not lengthen the pause (Q17).
    clock.advance(-3_600_000);
    await transport.attempt(order);
    expect(attempts).toBe(3);
  });
});
