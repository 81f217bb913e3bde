import fc from 'fast-check';
import { expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { orderedExchanges } from '../../functions/dns/exchanges.ts';

const us = 'gateway.test';
const record = fc.record({
  preference: fc.nat(4),
  exchange: fc.constantFrom('', 'a.test', 'b.test', 'c.test', 'D.test', us, 'GATEWAY.test'),
});

it('An MX list becomes hosts by preference, each once, or a null MX, or a loop (C07)', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (records) => {
      const result = orderedExchanges(records, us, systemRandom);
      const named = records.filter(({ exchange }) => exchange !== '');
      const preferenceOf = (host: string): number =>
        Math.min(...named.filter(({ exchange }) => exchange.toLowerCase() === host).map((one) => one.preference));
      const wanted = new Set(
        named.map(({ exchange }) => exchange.toLowerCase()).filter((host) => preferenceOf(host) < preferenceOf(us)),
      );
      if (named.length === 0) expect(result.kind).toBe('null_mx');
      else if (wanted.size === 0) expect(result.kind).toBe('loop');
      else {
        const hosts = result.kind === 'hosts' ? result.hosts : [];
        expect(new Set(hosts)).toEqual(wanted);
        expect(hosts).toHaveLength(wanted.size);
        expect(hosts.map(preferenceOf)).toEqual(hosts.map(preferenceOf).toSorted((left, right) => left - right));
      }
    }),
  );
});

it('Hosts of equal preference come in every order, about equally often (C08)', () => {
  const records = ['a.test', 'b.test', 'c.test'].map((exchange) => ({ preference: 10, exchange }));
  const seen = new Map<string, number>();
  for (let run = 0; run < 3_000; run++) {
    const result = orderedExchanges(records, us, systemRandom);
    const order = result.kind === 'hosts' ? result.hosts.join() : result.kind;
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  // 500 expected; nine standard deviations either way.
  for (const count of seen.values()) expect(count).toSatisfy((value: number) => value > 300 && value < 700);
});

it('Our own name is recognised whatever its case and final dot (C11)', () => {
  const records = [
    { preference: 5, exchange: 'better.test' },
    { preference: 10, exchange: 'Gateway.Test.' },
    { preference: 10, exchange: 'equal.test' },
    { preference: 20, exchange: 'worse.test' },
  ];
  expect(orderedExchanges(records, 'GATEWAY.test.', systemRandom)).toEqual({ kind: 'hosts', hosts: ['better.test'] });
});
