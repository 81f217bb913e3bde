import type { IdempotentRequest, KeptAnswer } from './admissions.ts';

/** Guards requests with an Idempotency-Key. The kept answer itself is written with the admission, in one step. */
export interface Idempotency {
  /** `fresh` reserves the key for the caller, who must end with `release`; `running` means that somebody holds it; `kept` is the stored answer. */
  begin(
    request: IdempotentRequest,
    now: number,
  ): Promise<
    { readonly kind: 'fresh' } | { readonly kind: 'running' } | { readonly kind: 'kept'; readonly kept: KeptAnswer }
  >;
  /** Gives the reservation back, whether or not an answer was kept. */
  release(request: IdempotentRequest): Promise<void>;
  /** Forgets answers kept before `keptBefore`; answers how many. */
  purge(keptBefore: number): Promise<number>;
}
