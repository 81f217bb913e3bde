/**
 * Why there is no answer: the server's own refusal (RFC 1035 §4.1.1; `other_rcode` for the rest), `timeout` and
 * `unreachable` for none, `malformed` and `truncated` for one that cannot be used, `cname_loop` for a chain without an end,
 * `referral` for a server that does not resolve for us.
 */
export type DnsFailureCode =
  | 'servfail'
  | 'refused'
  | 'notimp'
  | 'formerr'
  | 'other_rcode'
  | 'timeout'
  | 'unreachable'
  | 'malformed'
  | 'truncated'
  | 'cname_loop'
  | 'referral';

/** Nothing is known about the name; `detail` is one sentence. */
export type DnsFailure = { readonly kind: 'failure'; readonly code: DnsFailureCode; readonly detail: string };

/**
 * What is known about one name and one type. `nxdomain` and `nodata` are knowledge (RFC 2308 §2), `failure` is the lack of
 * it: the three are never confused. `records` is never empty; CNAMEs were followed and `canonicalName` is where they led;
 * `authenticated` says that every answer on the way bore the AD bit (RFC 4035 §3.2.3). `ttlSeconds` is how long the answer
 * holds; of an absence as its SOA record says (RFC 2308 §5), `null` without one.
 */
export type DnsAnswer<Item> =
  | {
      readonly kind: 'records';
      readonly records: readonly Item[];
      readonly authenticated: boolean;
      readonly ttlSeconds: number;
      readonly canonicalName: string;
    }
  | DnsAbsence
  | DnsFailure;

/** The name, or records of the type, are known not to be there. */
export type DnsAbsence = {
  readonly kind: 'nxdomain' | 'nodata';
  readonly authenticated: boolean;
  readonly ttlSeconds: number | null;
};

/** `exchange` is in lower case and without the final dot; the root, which means null MX (RFC 7505), is the empty string. */
export type MxRecord = { readonly preference: number; readonly exchange: string };

/** RFC 6698 §2.1, as it stands in DNS: numbers nobody has defined and data of any length. */
export type TlsaRecord = {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly association: Uint8Array;
};

/**
 * Asks DNS, one method a record type. Names are A-labels without a final dot. Nothing here rejects: what goes wrong is a
 * `failure`. Every call has ended by `deadline` (clock milliseconds).
 */
export interface Resolver {
  mx(name: string, deadline: number): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 addresses as text, in the order of the answer. */
  a(name: string, deadline: number): Promise<DnsAnswer<string>>;
  /** IPv6 addresses as text, in the order of the answer. */
  aaaa(name: string, deadline: number): Promise<DnsAnswer<string>>;
  /**
   * TXT records, each the concatenation of its strings (RFC 7208 §3.3, RFC 6376 §3.6.2.2). A character is an octet: what is
   * not ASCII reads as ISO 8859-1.
   */
  txt(name: string, deadline: number): Promise<DnsAnswer<string>>;
  /** `name` is that of the service: `_25._tcp.mx.example.com` (RFC 6698 §3). */
  tlsa(name: string, deadline: number): Promise<DnsAnswer<TlsaRecord>>;
}
