import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteDomains } from '../../../functions/adapters/domains-sqlite.ts';
import type { Domains, SenderDomain } from '../../../functions/core/ports/domains.ts';
import { recheckDomains, verifyDomain, type VerifyDomainPorts } from '../../../functions/core/domains/verify-domain.ts';
import { temporaryStore } from '../../adapters/temporary-store.ts';
import { domainOf } from '../../contract/domain-samples.ts';
import { now, project } from '../../contract/samples.ts';
import { createSeededRandom, createSimulatedClock } from '../../sim/world.ts';
import { createMemoryResolver, type MemoryResolver } from '../../support/memory-resolver.ts';

const at = 'r._domainkey.sender.example';
const good = { txt: ['v=DKIM1; k=rsa; p=MIIBIjANBgkq'] };
const hour = 3_600_000;

let temporary: ReturnType<typeof temporaryStore>;
let domains: Domains;
let resolver: MemoryResolver;
let clock: ReturnType<typeof createSimulatedClock>;
let ports: VerifyDomainPorts;
let logged: string[];

beforeEach(() => {
  temporary = temporaryStore();
  domains = createSqliteDomains(temporary.store);
  resolver = createMemoryResolver();
  clock = createSimulatedClock(now);
  logged = [];
  const log = {
    info: (event: string, fields = {}) => void logged.push(JSON.stringify({ event, ...fields })),
    warn: () => undefined,
    error: () => undefined,
  };
  const publishing = { outboundHost: null, returnPathDomain: null };
  ports = { domains, resolver, publishing, clock, random: createSeededRandom(1), log };
});

afterEach(() => temporary.dispose());

async function added(domain: SenderDomain = domainOf()): Promise<SenderDomain> {
  await domains.add(domain);
  return domain;
}

describe('a check of a domain', () => {
  it('stores what DNS said of every record and where the domain stands, and logs one line', async () => {
    const domain = await added();
    resolver.set(at, good);
    resolver.set('_dmarc.sender.example', 'failure');
    const checked = await verifyDomain(domain, ports);
    expect(checked).toMatchObject({ status: 'verified', verifiedAt: now, checkedAt: now });
    expect(checked?.records.map(({ purpose, status }) => `${purpose} ${status}`)).toEqual([
      'dkim verified',
      'dkim missing',
      'spf missing',
      'dmarc unknown',
      'tls_rpt missing',
    ]);
    expect(await domains.find(project, domain.id)).toEqual(checked);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      event: 'domain_checked',
      status: 'verified',
      before: 'pending',
    });
  });

  it('is due again within a day, and not at the same time as all others', async () => {
    resolver.set(at, good);
    const waits = await Promise.all(
      ['a', 'b', 'c'].map(
        async (label) => (await verifyDomain(await added(domainOf(`${label}.example`)), ports))?.nextCheckAt,
      ),
    );
    expect(new Set(waits).size).toBe(3);
    for (const wait of waits) expect(wait).toBeGreaterThan(now + 240_000);
  });

  it('that began earlier does not undo one that began later', async () => {
    const domain = await added();
    const late = Promise.withResolvers<void>();
    const slow = {
      ...resolver,
      txt: async (name: string, deadline: number) => {
        const answer = await resolver.txt(name, deadline);
        await late.promise;
        return answer;
      },
    };
    const first = verifyDomain(domain, { ...ports, resolver: slow });
    resolver.set(at, good);
    clock.advance(1);
    const second = await verifyDomain(domain, ports);
    expect(second?.status).toBe('verified');
    late.resolve();
    expect(await first).toEqual(second);
    expect((await domains.find(project, domain.id))?.status).toBe('verified');
  });

  it('does not bring back a domain that was removed meanwhile', async () => {
    const domain = await added();
    await domains.remove(project, domain.id);
    expect(await verifyDomain(domain, ports)).toBeNull();
    expect(await domains.list(project)).toEqual([]);
  });
});

describe('the round of checks', () => {
  it('takes every domain that is due once, and no other', async () => {
    for (let index = 0; index < 25; index++) await added(domainOf(`d${index}.example`));
    await added(domainOf('later.example', { nextCheckAt: now + 1 }));
    await recheckDomains(ports, new AbortController().signal);
    expect(resolver.asked.filter((name) => name.startsWith('r._domainkey.'))).toHaveLength(25);
    expect(resolver.asked.some((name) => name.includes('later.example'))).toBe(false);
    await recheckDomains(ports, new AbortController().signal);
    expect(logged).toHaveLength(25);
  });

  it('ends when the clock was put back, and when it is told to', async () => {
    await added(domainOf('sender.example', { checkedAt: now + hour }));
    await recheckDomains(ports, new AbortController().signal);
    expect(resolver.asked.filter((name) => name === at)).toHaveLength(1);
    await recheckDomains(ports, AbortSignal.abort());
    expect(resolver.asked.filter((name) => name === at)).toHaveLength(1);
  });

  it('takes a domain from verified to failed and back as its records go and come', async () => {
    const domain = await added();
    const status = async (): Promise<string | undefined> => (await domains.find(project, domain.id))?.status;
    const days = async (count: number): Promise<void> => {
      for (let step = 0; step < count * 24; step++) {
        clock.advance(hour);
        await recheckDomains(ports, new AbortController().signal);
      }
    };
    resolver.set(at, good);
    await days(2);
    expect(await status()).toBe('verified');
    resolver.set(at, 'failure');
    await days(10);
    expect(await status()).toBe('verified');
    resolver.set(at, null);
    await days(2);
    expect(await status()).toBe('verified');
    await days(3);
    expect(await status()).toBe('failed');
    resolver.set(at, good);
    await days(2);
    expect(await status()).toBe('verified');
  });
});
