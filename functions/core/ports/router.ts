import type { SourceAddress } from '../shaping/source-address.ts';
import type { TlsDemand, TlsPolicy } from '../tls/tls-policy.ts';
import type { TlsWish } from '../tls/tls-wish.ts';

/** A login at a smarthost. `mechanism` forces one; `null` takes the best that is offered. */
export type Credentials = { readonly user: string; readonly secret: string; readonly mechanism: string | null };

/** One address to dial. `ip` was vetted and is dialled as it stands; `host` is the name for SNI, certificate and records. */
export type Target = {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  readonly tls: TlsDemand;
  readonly policy: TlsPolicy;
  readonly credentials: Credentials | null;
  /** The address of ours to dial from; absent: whichever the system takes. */
  readonly source?: SourceAddress;
};

/** Where the mail of a domain goes: at most `limits.addressesPerAttempt` targets in the order to try them, or why nowhere. */
export type Routing =
  | {
      readonly kind: 'targets';
      readonly targets: readonly Target[];
      readonly accepted: 'delivered' | 'relayed';
      /** Whether nobody on the path of the look-ups can have put other hosts in their place (RFC 8689 §4.2.1). */
      readonly hostsSecured: boolean;
    }
  | {
      readonly kind: 'bounce';
      readonly code: number;
      readonly enhancedCode: string;
      readonly error: { readonly code: string; readonly detail: string };
    }
  | {
      readonly kind: 'defer';
      readonly cause: 'host' | 'route';
      readonly error: { readonly code: string; readonly detail: string };
    };

export interface Router {
  /**
   * Never throws for what DNS or a policy host answers; has ended by `deadline` (clock milliseconds). What a domain publishes about TLS does not
   * count for a `relaxed` wish; what the operator demands does.
   */
  route(domain: string, deadline: number, wish: TlsWish): Promise<Routing>;
}
