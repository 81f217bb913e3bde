import type { TlsFailure } from '../tls/tls-policy.ts';

/** The web server at which a domain has its MTA-STS policy (RFC 8461 §3.3). */
export interface PolicyHost {
  /**
   * The text of `https://mta-sts.<domain>/.well-known/mta-sts.txt`, from a host whose certificate is for that name, in
   * `text/plain`, without a redirect and at most `limits.stsPolicyOctets` long. Never rejects; has ended by `deadline`
   * (clock milliseconds).
   */
  policyOf(
    domain: string,
    deadline: number,
  ): Promise<
    { readonly kind: 'text'; readonly text: string } | { readonly kind: 'failed'; readonly failure: TlsFailure }
  >;
}
