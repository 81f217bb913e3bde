import type { DomainKey, RecordCheck } from '../ports/domains.ts';

/** What this deployment wants to see published beside the keys. */
export type Publishing = {
  /** The host that mail leaves from, a domain name; `null` when it leaves through somebody else's. */
  readonly outboundHost: string | null;
  /** Where returned mail goes; `null` when it goes to the sender's own address. */
  readonly returnPathDomain: string | null;
};

/**
 * The records that a domain should publish, none of them checked yet. Only the RSA key is required: whoever can publish it
 * has the domain, and every verifier can use it. Pure.
 */
export function recordsToPublish(
  name: string,
  keys: readonly DomainKey[],
  { outboundHost, returnPathDomain }: Publishing,
): readonly RecordCheck[] {
  const host = outboundHost === null ? '' : ` a:${outboundHost}`;
  return [
    ...keys.map((key) => dkimRecordOf(name, key)),
    advised('spf', 'TXT', name, `v=spf1 mx${host} ~all`),
    advised('dmarc', 'TXT', `_dmarc.${name}`, 'v=DMARC1; p=none'),
    ...(returnPathDomain === null
      ? []
      : [advised('return_path', 'CNAME', `postern-bounces.${name}`, returnPathDomain)]),
    advised('tls_rpt', 'TXT', `_smtp._tls.${name}`, `v=TLSRPTv1; rua=mailto:tls-reports@${name}`),
  ];
}

/** The name of a key's record (RFC 6376 §3.6.2.1). Pure. */
export function dkimRecordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

function dkimRecordOf(name: string, { selector, algorithm, publicKey }: DomainKey): RecordCheck {
  const rsa = algorithm === 'rsa-sha256';
  return {
    purpose: 'dkim',
    type: 'TXT',
    name: dkimRecordName(selector, name),
    value: `v=DKIM1; k=${rsa ? 'rsa' : 'ed25519'}; p=${publicKey}`,
    required: rsa,
    status: 'pending',
  };
}

function advised(purpose: RecordCheck['purpose'], type: RecordCheck['type'], name: string, value: string): RecordCheck {
  return { purpose, type, name, value, required: false, status: 'pending' };
}
