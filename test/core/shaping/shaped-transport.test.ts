import { describe, expect, it } from 'vitest';

import { deliveryIdOf } from '../../../functions/core/delivery-id.ts';
import { failureEvidence } from '../../../functions/core/failure-evidence.ts';
import type { EmailId } from '../../../functions/core/ids.ts';
import type { Outcome } from '../../../functions/core/outcome.ts';
import type { Target } from '../../../functions/core/ports/router.ts';
import type { ShapingState } from '../../../functions/core/ports/shaping-state.ts';
import type { SmtpClient } from '../../../functions/core/ports/smtp-client.ts';
import type { Postponement } from '../../../functions/core/postpone.ts';
import type { ShapingPolicy } from '../../../functions/core/shaping/shape.ts';
import { evenRate } from '../../../functions/core/shaping/rate.ts';
import { createSmtpTransport } from '../../../functions/core/smtp-transport.ts';
import type { SourceAddress } from '../../../functions/core/shaping/source-address.ts';
import { plainPolicy } from '../../../functions/core/tls/tls-policy.ts';
import type { TlsWish } from '../../../functions/core/tls/tls-wish.ts';
import { mailboxOf, now } from '../../contract/samples.ts';
import { createHeldClock, createMemoryShapingState, shapingFor } from '../../support/shaping.ts';

type Answer = 'takes' | 'throttles' | 'throttles_when_reused' | 'is_down' | 'bounces' | 'lacks_requiretls';

type Given = {
  readonly hosts: readonly string[];
  readonly policy?: ShapingPolicy;
  readonly sources?: readonly SourceAddress[];
  readonly state?: ShapingState;
};

const evidence = { ip: null, port: 25, tls: null, reply: null, error: null };

/** A transport to hosts that answer as they are told; who was dialled, and from where, stands in `dialled`. */
function world({ hosts, policy = {}, sources = [], state = createMemoryShapingState() }: Given) {
  const clock = createHeldClock(now);
  const answers = new Map<string, Answer>();
  const dialled: Target[] = [];
  const events: [string, unknown][] = [];
  const note = (event: string, fields: unknown): void => void events.push([event, fields]);
  const log = { info: note, warn: note, error: note };
  const client: SmtpClient = {
    async send(target, order) {
      dialled.push(target);
      const answer = answers.get(target.host) ?? 'takes';
      const outcome = outcomeOf(answer, target.host);
      const tryNextHost = outcome.kind === 'deferred' || answer === 'lacks_requiretls';
      const recipients = order.recipients.map(() => ({ outcome, tryNextHost }));
      return { recipients, sessionOpened: answer !== 'is_down', sessionReused: answer === 'throttles_when_reused' };
    },
    close: async () => undefined,
  };
  const router = {
    route: async () => ({
      kind: 'targets' as const,
      targets: hosts.map(targetAt),
      accepted: 'delivered' as const,
      hostsSecured: true,
    }),
  };
  const shaping = shapingFor({ clock, policy, sources, state, log });
  const transport = createSmtpTransport({ router, client, clock, shaping });
  const attempt = (
    recipient = 'ada@one.example',
    signal = new AbortController().signal,
    tls: TlsWish = 'opportunistic',
  ) =>
    transport.attempt({
      deliveryId: deliveryIdOf('em_test' as EmailId, 0),
      attempt: 1,
      domain: 'one.example',
      sender: mailboxOf('a@sender.example'),
      recipients: [mailboxOf(recipient)],
      message: {
        facts: { sizeBytes: 1, eightBit: false, utf8Headers: false },
        encode: () => Promise.reject(new Error('Nobody reads it here.')),
      },
      tls,
      deadline: clock.now() + 60_000,
      signal,
    });
  return { clock, answers, dialled, events, attempt };
}

function targetAt(host: string): Target {
  const ip = host.startsWith('v6') ? '2001:db8::25' : '192.0.2.25';
  return { host, ip, port: 25, tls: 'none', policy: plainPolicy('one.example', 'none'), credentials: null };
}

function outcomeOf(answer: Answer, host: string): Outcome {
  const reply = { code: 421, enhancedCode: '4.7.0', text: 'Slow down' };
  switch (answer) {
    case 'takes':
      return { kind: 'delivered', evidence: { ...evidence, phase: 'dot', host } };
    case 'bounces':
    case 'lacks_requiretls':
      return { kind: 'bounced', source: 'smtp', evidence: { ...evidence, phase: 'rcpt', host } };
    case 'throttles':
    case 'throttles_when_reused':
      return { kind: 'deferred', cause: 'host', evidence: { ...evidence, phase: 'mail', host, reply } };
    case 'is_down':
      return { kind: 'deferred', cause: 'host', evidence: { ...failureEvidence('connect', 'timeout', ''), host } };
  }
}

function wordOf(result: readonly Outcome[] | Postponement): string {
  return 'kind' in result ? result.why : (result[0]?.kind ?? 'nothing');
}

describe('an attempt at a provider that refuses', () => {
  it('goes on to the next MX of the same provider, and the next delivery is not dialled', async () => {
    const { attempt, answers, dialled, events } = world({ hosts: ['mx1.one.example', 'mx2.one.example'] });
    answers.set('mx1.one.example', 'throttles').set('mx2.one.example', 'throttles');
    expect(wordOf(await attempt())).toBe('deferred');
    expect(dialled.map(({ host }) => host)).toEqual(['mx1.one.example', 'mx2.one.example']);
    expect(await attempt()).toMatchObject({ kind: 'postponed', group: 'one.example', why: 'circuit_open' });
    expect(dialled).toHaveLength(2);
    expect(events).toMatchObject([['circuit_opened', { group: 'one.example', reason: 'throttled', streak: 1 }]]);
  });

  it('counts once, however many deliveries were under way when it refused', async () => {
    const { attempt, answers, events } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await Promise.all([attempt('a@one.example'), attempt('b@one.example'), attempt('c@one.example')]);
    expect(events).toMatchObject([['circuit_opened', { streak: 1 }]]);
  });

  it('is postponed to when the circuit ends and not much later', async () => {
    const { attempt, answers } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await attempt();
    const result = await attempt();
    if (!('kind' in result)) throw new Error('It was dialled.');
    expect(result.soonest).toBeGreaterThanOrEqual(now + 60_000);
    expect(result.until).toBeGreaterThanOrEqual(result.soonest);
    expect(result.until).toBeLessThanOrEqual(now + 86_000);
  });

  it('finds it recovered by one probe, and closed for all then', async () => {
    const { attempt, answers, dialled, clock, events } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await attempt();
    answers.set('mx1.one.example', 'takes');
    await clock.advance(67_000);
    const results = await Promise.all([attempt('a@one.example'), attempt('b@one.example'), attempt('c@one.example')]);
    expect(results.map(wordOf).toSorted()).toEqual(['circuit_open', 'circuit_open', 'delivered']);
    expect(dialled).toHaveLength(2);
    expect(wordOf(await attempt())).toBe('delivered');
    expect(events.map(([event]) => event)).toEqual(['circuit_opened', 'circuit_closed']);
  });

  it('waits twice as long when its probe is refused', async () => {
    const { attempt, answers, clock, events } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await attempt();
    await clock.advance(67_000);
    await attempt();
    await clock.advance(67_000);
    expect(wordOf(await attempt())).toBe('circuit_open');
    expect(events.map(([, fields]) => fields)).toMatchObject([{ streak: 1 }, { streak: 2 }]);
  });

  it('frees the probe that learnt nothing for the next', async () => {
    const { attempt, answers, clock } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await attempt();
    await clock.advance(67_000);
    answers.set('mx1.one.example', 'throttles_when_reused');
    expect(wordOf(await attempt())).toBe('deferred');
    answers.set('mx1.one.example', 'takes');
    expect(wordOf(await attempt())).toBe('delivered');
  });

  it('opens nothing for a 421 on a connection that was used before', async () => {
    const { attempt, answers } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles_when_reused');
    expect([wordOf(await attempt()), wordOf(await attempt())]).toEqual(['deferred', 'deferred']);
  });

  it('leaves it alone after three attempts in a row that found nobody, with none between that did (C32)', async () => {
    const { attempt, answers, dialled } = world({ hosts: ['mx1.one.example'] });
    const words: string[] = [];
    for (const answer of ['is_down', 'is_down', 'bounces', 'is_down', 'is_down', 'is_down', 'takes'] as const) {
      answers.set('mx1.one.example', answer);
      words.push(wordOf(await attempt()));
    }
    expect(words).toEqual(['deferred', 'deferred', 'bounced', 'deferred', 'deferred', 'deferred', 'circuit_open']);
    expect(dialled).toHaveLength(6);
  });

  it('goes to the backup that somebody else runs', async () => {
    const { attempt, answers, dialled } = world({ hosts: ['mx1.one.example', 'backup.other.example'] });
    answers.set('mx1.one.example', 'throttles').set('backup.other.example', 'bounces');
    await attempt();
    answers.set('backup.other.example', 'takes');
    expect(wordOf(await attempt())).toBe('delivered');
    expect(dialled.map(({ host }) => host)).toEqual([
      'mx1.one.example',
      'backup.other.example',
      'backup.other.example',
    ]);
  });
});

describe('an email that no host offers what it needs', () => {
  it('is not given up while one of its hosts is left alone and was not asked', async () => {
    const { attempt, answers, clock } = world({ hosts: ['mx1.one.example', 'backup.other.example'] });
    answers.set('mx1.one.example', 'is_down').set('backup.other.example', 'throttles');
    await attempt();
    answers.set('mx1.one.example', 'lacks_requiretls').set('backup.other.example', 'lacks_requiretls');
    expect(wordOf(await attempt('ada@one.example', undefined, 'requiretls'))).toBe('deferred');
    await clock.advance(67_000);
    expect(wordOf(await attempt('ada@one.example', undefined, 'requiretls'))).toBe('bounced');
  });
});

describe('mail that keeps within what is known', () => {
  it('costs no write, and a read in five seconds', async () => {
    const state = createMemoryShapingState();
    const { attempt, clock } = world({ hosts: ['alt1.aspmx.l.google.com', 'alt2.aspmx.l.google.com'], state });
    for (let second = 0; second < 10; second++) {
      for (let count = 0; count < 5; count++) expect(wordOf(await attempt())).toBe('delivered');
      await clock.advance(1_000);
    }
    expect([state.writes(), state.reads()]).toEqual([0, 2]);
  });

  it('costs a write for up to fifty messages where a rate is set', async () => {
    const state = createMemoryShapingState();
    const rate = evenRate(20_000, 60_000);
    const { attempt } = world({ hosts: ['mx.one.example'], state, policy: { 'one.example': { rate } } });
    for (let count = 0; count < 400; count++) await attempt();
    expect(state.writes()).toBeLessThanOrEqual(13);
  });

  it('goes on without limits when these cannot be looked up', async () => {
    const lost = (): never => {
      throw new Error('The table is out of reach.');
    };
    const state = { read: async () => lost(), replace: async () => lost(), purge: async () => lost() };
    const sources = [{ ip: '192.0.2.1', ehloName: null, warmupFrom: now }];
    const { attempt, events } = world({ hosts: ['mx.one.example'], state, sources });
    expect([wordOf(await attempt()), wordOf(await attempt())]).toEqual(['delivered', 'delivered']);
    expect(events.map(([event]) => event)).toEqual(['shaping_unavailable']);
  });
});

describe('source addresses', () => {
  const source = (ip: string): SourceAddress => ({ ip, ehloName: `${ip}.example`, warmupFrom: null });

  it('are dialled from, those of the family of the host', async () => {
    const { attempt, dialled } = world({
      hosts: ['v6.one.example', 'mx.two.example'],
      sources: [source('192.0.2.1'), source('2001:db8::1')],
    });
    await attempt();
    expect(dialled.map((target) => target.source?.ip)).toEqual(['2001:db8::1']);
  });

  it('pass over hosts of the other family, and defer where none is left', async () => {
    const { attempt, dialled } = world({ hosts: ['v6.one.example', 'mx.one.example'], sources: [source('192.0.2.1')] });
    expect(wordOf(await attempt())).toBe('delivered');
    expect(dialled.map(({ host }) => host)).toEqual(['mx.one.example']);
    const other = world({ hosts: ['v6.one.example'], sources: [source('192.0.2.1')] });
    expect(await other.attempt()).toMatchObject([
      { kind: 'deferred', cause: 'route', evidence: { error: { code: 'no_source_address' } } },
    ]);
  });

  it('that are all warming up postpone what is above their day', async () => {
    const sources = [{ ...source('192.0.2.1'), warmupFrom: now }];
    const { attempt, dialled } = world({ hosts: ['mx.one.example'], sources });
    const words: string[] = [];
    for (let count = 0; count < 30; count++) words.push(wordOf(await attempt(`user${count}@one.example`)));
    expect(words.filter((word) => word === 'delivered')).toHaveLength(25);
    expect(words.at(-1)).toBe('warming_up');
    expect(dialled).toHaveLength(25);
  });
});

describe('an attempt that is told to stop', () => {
  it('is not postponed, for it is due again at once', async () => {
    const { attempt, answers } = world({ hosts: ['mx1.one.example'] });
    answers.set('mx1.one.example', 'throttles');
    await attempt();
    expect(await attempt('a@one.example', AbortSignal.abort())).toMatchObject([{ cause: 'interrupted' }]);
  });
});
