import { createTurns } from '../core/in-turn.ts';
import { limits } from '../core/limits.ts';
import type { RatePolicy } from '../core/ports/keys.ts';
import type { Log } from '../core/ports/log.ts';
import type { RateLimiter, RateStanding } from '../core/ports/rate-limiter.ts';
import { borrow, clockSkewMs, type Loan, shareOf } from './dynamodb-rate-window.ts';
import type { DynamodbTable } from './dynamodb-table.ts';

/** Of the window of a name: what this process still holds, and what is left for all as far as it knows. */
type Lease = { readonly endsAt: number; readonly left: number; readonly room: number };

const mostLent = 20;
/** After a table that was out of reach, so long nobody asks it. */
const alonePeriodMs = 10_000;

/**
 * Counts in one table for all processes. A process takes requests out of a window in leases of up to 20, a tenth of what is
 * left at the most, and counts within its lease by itself: at the usual limit one write for twenty requests. What a process
 * has taken and does not use is lost to the others for that window, so that a little less than the limit may pass, never more.
 *
 * While the table is out of reach `alone` counts for this process, for a limit must not stop mail.
 */
export function createDynamodbRateLimiter(
  table: DynamodbTable,
  { alone, log }: { readonly alone: RateLimiter; readonly log: Pick<Log, 'warn'> },
  mostWindows: number = limits.rateWindowsHeld,
): RateLimiter {
  const leases = new Map<string, Lease>();
  // So that no two borrow for the same request.
  const inTurn = createTurns();
  let failedAt = -Infinity;

  async function takeHere(name: string, policy: RatePolicy, cost: number, now: number): Promise<RateStanding> {
    const known = leaseAt(leases.get(name), policy, now);
    if (cost > policy.limit || (known !== null && (known.left >= cost || known.left + known.room < cost))) {
      return spend(name, known ?? freshLease(policy, now), policy, cost, now);
    }
    const need = cost - (known?.left ?? 0);
    const wanted = Math.max(need, shareOf(known?.room ?? policy.limit, mostLent));
    const loan = await borrow(table, { name, policy, need, wanted, inWindow: known !== null }, now);
    return spend(name, leaseOf(loan, known), policy, cost, now);
  }

  function spend(name: string, lease: Lease, policy: RatePolicy, cost: number, now: number): RateStanding {
    const allowed = lease.left >= cost;
    const kept = allowed ? { ...lease, left: lease.left - cost } : lease;
    leases.delete(name);
    const [oldest] = leases.size >= mostWindows ? leases.keys() : [];
    if (oldest !== undefined) leases.delete(oldest);
    leases.set(name, kept);
    const seconds = Math.ceil((kept.endsAt - now) / 1_000);
    return {
      allowed,
      remaining: kept.left + kept.room,
      resetSeconds: Math.max(1, Math.min(seconds, policy.windowSeconds)),
    };
  }

  return {
    take: (name, policy, cost, now) =>
      inTurn(name, async () => {
        if (Math.abs(now - failedAt) < alonePeriodMs) return await alone.take(name, policy, cost, now);
        try {
          return await takeHere(name, policy, cost, now);
        } catch (error) {
          log.warn('rate_limits_local', { why: String(error) });
          failedAt = now;
          return await alone.take(name, policy, cost, now);
        }
      }),
  };
}

function leaseAt(lease: Lease | undefined, { windowSeconds }: RatePolicy, now: number): Lease | null {
  if (lease === undefined || now >= lease.endsAt) return null;
  return lease.endsAt - windowSeconds * 1_000 - clockSkewMs <= now ? lease : null;
}

// Refused without a window: whoever asks for more than there ever is opens none.
function freshLease({ limit, windowSeconds }: RatePolicy, now: number): Lease {
  return { endsAt: now + windowSeconds * 1_000, left: 0, room: limit };
}

function leaseOf({ lent, endsAt, room }: Loan, known: Lease | null): Lease {
  return { endsAt, left: lent + (known?.endsAt === endsAt ? known.left : 0), room };
}
