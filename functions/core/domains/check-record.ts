import { publishesKeyOf } from './dkim-record.ts';
import { withParents } from './domain-names.ts';
import type { RecordCheck } from '../ports/domains.ts';
import type { DnsAnswer, MxRecord, Resolver } from '../ports/resolver.ts';
import { spfSighting } from './spf-record.ts';
import { parseTagList } from '../tag-list.ts';

type Status = Exclude<RecordCheck['status'], 'pending'>;

const dmarcPrefix = '_dmarc.';

/** Asks DNS for one record and says what was found: `unknown` when DNS did not answer. Has ended by `deadline` (clock milliseconds). */
export async function checkRecord(record: RecordCheck, resolver: Resolver, deadline: number): Promise<Status> {
  const txt = (name: string): Promise<DnsAnswer<string>> => resolver.txt(name, deadline);
  switch (record.purpose) {
    case 'dkim':
      return judged(await txt(record.name), (texts) => dkimSighting(texts, record.value));
    case 'spf':
      return judged(await txt(record.name), (texts) => spfSighting(texts, record.value));
    case 'tls_rpt':
      return judged(await txt(record.name), (texts) => policySighting(texts, 'TLSRPTv1', isTlsReporting));
    case 'dmarc': {
      // A domain without a policy has that of the closest domain above it (RFC 7489 §6.6.3).
      const names = withParents(record.name.slice(dmarcPrefix.length));
      return closest(await Promise.all(names.map((name) => txt(dmarcPrefix + name))));
    }
    case 'return_path': {
      const [own, wanted] = await Promise.all([
        resolver.mx(record.name, deadline),
        resolver.mx(record.value, deadline),
      ]);
      return returnPathStatus(own, wanted, record.value);
    }
  }
}

function judged<Item>(answer: DnsAnswer<Item>, judge: (records: readonly Item[]) => Status): Status {
  switch (answer.kind) {
    case 'records':
      return judge(answer.records);
    case 'nxdomain':
    case 'nodata':
      return 'missing';
    case 'failure':
      return 'unknown';
  }
}

// Several records at one name: verifiers may try each (RFC 6376 §3.6.2.2), so any that fits will do.
function dkimSighting(texts: readonly string[], asked: string): Status {
  return texts.some((text) => publishesKeyOf(text, asked)) ? 'verified' : 'mismatch';
}

// The version has to come first, and only one record may claim it (RFC 7489 §6.6.3, RFC 8460 §3).
function policySighting(
  texts: readonly string[],
  version: string,
  isSound: (tags: ReadonlyMap<string, string>) => boolean,
): Status {
  const policies = texts.filter((text) => new RegExp(`^v[ \\t]*=[ \\t]*${version}(?:[ \\t]*;|[ \\t]*$)`).test(text));
  const [policy] = policies;
  if (policy === undefined) return 'missing';
  const tags = parseTagList(policy);
  return policies.length === 1 && tags !== null && isSound(tags) ? 'verified' : 'mismatch';
}

function closest(answers: readonly DnsAnswer<string>[]): Status {
  for (const answer of answers) {
    const status = judged(answer, (texts) => policySighting(texts, 'DMARC1', isDmarc));
    if (status !== 'missing') return status;
  }
  return 'missing';
}

function isDmarc(tags: ReadonlyMap<string, string>): boolean {
  const policy = tags.get('p');
  // RFC 7489 §6.6.3: without a policy, a record that asks for reports counts as p=none.
  return policy === undefined ? tags.has('rua') : ['none', 'quarantine', 'reject'].includes(policy.toLowerCase());
}

function isTlsReporting(tags: ReadonlyMap<string, string>): boolean {
  return /^(?:mailto|https):/i.test(tags.get('rua') ?? '');
}

// What counts is where returned mail goes: providers flatten CNAMEs, and not every resolver shows them.
function returnPathStatus(own: DnsAnswer<MxRecord>, wanted: DnsAnswer<MxRecord>, target: string): Status {
  return judged(own, (records) => {
    if (own.kind === 'records' && own.canonicalName === target) return 'verified';
    if (wanted.kind !== 'records') return 'unknown';
    return exchangesOf(records) === exchangesOf(wanted.records) ? 'verified' : 'mismatch';
  });
}

function exchangesOf(records: readonly MxRecord[]): string {
  return records
    .map(({ exchange }) => exchange)
    .toSorted()
    .join(' ');
}
