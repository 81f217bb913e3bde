import { describe, expect, it } from 'vitest';

import { checkRecord } from '../../../functions/core/domains/check-record.ts';
import type { RecordCheck } from '../../../functions/core/ports/domains.ts';
import { domainOf } from '../../contract/domain-samples.ts';
import { createMemoryResolver, type MemoryNode } from '../../support/memory-resolver.ts';

const name = 'mail.sender.example';

async function sightingOf(purpose: RecordCheck['purpose'], nodes: Readonly<Record<string, MemoryNode>>) {
  const record = domainOf(name).records.find((found) => found.purpose === purpose);
  if (record === undefined) throw new Error(`There is no record for ${purpose}.`);
  return await checkRecord(record, createMemoryResolver(nodes), 0);
}

describe.each([
  ['dkim', `r._domainkey.${name}`],
  ['spf', name],
  ['dmarc', `_dmarc.${name}`],
  ['return_path', `postern-bounces.${name}`],
  ['tls_rpt', `_smtp._tls.${name}`],
] as const)('the record for %s', (purpose, at) => {
  it('is missing when the name or its record is, and unknown when DNS does not answer', async () => {
    expect(await sightingOf(purpose, {})).toBe('missing');
    expect(await sightingOf(purpose, { [at]: {} })).toBe('missing');
    expect(await sightingOf(purpose, { [at]: 'failure' })).toBe('unknown');
  });
});

describe('DKIM is', () => {
  const at = `r._domainkey.${name}`;
  const good = 'v=DKIM1; k=rsa; p=MIIBIjANBgkq';
  it.each([
    ['verified', 'by its record', [good]],
    ['verified', 'by one of several', ['v=spf1 -all', good, 'v=DKIM1; p=']],
    ['mismatch', 'when it is another key', ['v=DKIM1; k=rsa; p=MIIBIjANBgkr']],
    ['mismatch', 'when it was revoked', ['v=DKIM1; p=']],
    ['mismatch', 'when something else is there', ['v=spf1 -all']],
  ] as const)('%s %s', async (status, _, txt) => {
    expect(await sightingOf('dkim', { [at]: { txt } })).toBe(status);
  });

  it('verified through a CNAME', async () => {
    const nodes = { [at]: { cname: 'keys.example' }, 'keys.example': { txt: [good] } };
    expect(await sightingOf('dkim', nodes)).toBe('verified');
  });
});

describe('SPF is', () => {
  it.each([
    ['verified', 'as asked', ['v=spf1 mx a:out.example ~all']],
    ['verified', 'beside other text', ['google-site-verification=x', 'V=SPF1 ip4:192.0.2.1 +A:Out.example -all']],
    ['mismatch', 'when it does not name the host', ['v=spf1 mx ~all']],
    ['mismatch', 'when it refuses the host', ['v=spf1 -a:out.example ~all']],
    ['mismatch', 'when there are two', ['v=spf1 a:out.example ~all', 'v=spf1 -all']],
    ['missing', 'when other text only is there', ['v=spf10 a:out.example', 'spf1 a:out.example']],
  ] as const)('%s %s', async (status, _, txt) => {
    expect(await sightingOf('spf', { [name]: { txt } })).toBe(status);
  });
});

describe('DMARC is', () => {
  it.each([
    ['verified', 'by any policy', ['v=DMARC1; p=reject; rua=mailto:x@y.example']],
    ['verified', 'by reports without a policy', ['v=DMARC1;rua=mailto:x@y.example']],
    ['mismatch', 'without either', ['v=DMARC1']],
    ['mismatch', 'when the policy is no policy', ['v=DMARC1; p=maybe']],
    ['mismatch', 'when there are two', ['v=DMARC1; p=none', 'v=DMARC1; p=none']],
    ['missing', 'when the version is not first', ['p=none; v=DMARC1']],
    ['missing', 'when it is another version', ['v=DMARC10; p=none']],
  ] as const)('%s %s', async (status, _, txt) => {
    expect(await sightingOf('dmarc', { [`_dmarc.${name}`]: { txt } })).toBe(status);
  });

  it('that of the closest domain above, which is not asked past an answer that is missing', async () => {
    const above = { '_dmarc.sender.example': { txt: ['v=DMARC1; p=none'] } };
    expect(await sightingOf('dmarc', above)).toBe('verified');
    expect(await sightingOf('dmarc', { ...above, [`_dmarc.${name}`]: { txt: ['v=DMARC1; p=?'] } })).toBe('mismatch');
    expect(await sightingOf('dmarc', { ...above, [`_dmarc.${name}`]: 'failure' })).toBe('unknown');
    expect(await sightingOf('dmarc', { '_dmarc.example': { txt: ['v=DMARC1; p=none'] } })).toBe('missing');
  });
});

describe('TLS reporting is', () => {
  it.each([
    ['verified', 'by any address', ['v=TLSRPTv1;rua=https://x.example/reports']],
    ['mismatch', 'without one', ['v=TLSRPTv1; rua=']],
    ['missing', 'when something else is there', ['v=DMARC1; p=none']],
  ] as const)('%s %s', async (status, _, txt) => {
    expect(await sightingOf('tls_rpt', { [`_smtp._tls.${name}`]: { txt } })).toBe(status);
  });
});

describe('the return path is', () => {
  const at = `postern-bounces.${name}`;
  const target = { 'back.example': { mx: ['mx2.back.example', 'mx1.back.example'] } };
  it('verified when it is the alias, or leads to the same hosts', async () => {
    expect(await sightingOf('return_path', { ...target, [at]: { cname: 'back.example' } })).toBe('verified');
    const flat = { [at]: { mx: ['mx1.back.example', 'mx2.back.example'] } };
    expect(await sightingOf('return_path', { ...target, ...flat })).toBe('verified');
  });

  it('a mismatch when it leads elsewhere, and unknown when we do not know where it should lead', async () => {
    const elsewhere = { [at]: { mx: ['mx1.back.example'] } };
    expect(await sightingOf('return_path', { ...target, ...elsewhere })).toBe('mismatch');
    expect(await sightingOf('return_path', elsewhere)).toBe('unknown');
    expect(await sightingOf('return_path', { ...elsewhere, 'back.example': 'failure' })).toBe('unknown');
  });
});
