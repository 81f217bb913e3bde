import { limits } from '../core/limits.ts';
import type { RatePolicy } from '../core/ports/keys.ts';
import type { RateLimiter } from '../core/ports/rate-limiter.ts';

type Window = { readonly startedAt: number; readonly endsAt: number; used: number };

/**
 * Counts in the memory of this process, and so anew after a start. At most `mostWindows` windows are held: when a further
 * name comes, the window that began first is forgotten, and its name has all its room again.
 */
export function createMemoryRateLimiter(mostWindows: number = limits.rateWindowsHeld): RateLimiter {
  // In the order in which the windows began, for every new one is put at the end.
  const windows = new Map<string, Window>();

  function windowOf(name: string, { windowSeconds }: RatePolicy, now: number): Window {
    const known = windows.get(name);
    if (known !== undefined && known.startedAt <= now && now < known.endsAt) return known;
    windows.delete(name);
    const [oldest] = windows.size >= mostWindows ? windows.keys() : [];
    if (oldest !== undefined) windows.delete(oldest);
    // When the clock was set back the window begins anew, so that it gets no longer, and keeps its count.
    const used = known !== undefined && now < known.startedAt ? known.used : 0;
    const begun = { startedAt: now, endsAt: now + windowSeconds * 1_000, used };
    windows.set(name, begun);
    return begun;
  }

  return {
    async take(name, policy, cost, now) {
      const window = windowOf(name, policy, now);
      const allowed = window.used + cost <= policy.limit;
      if (allowed) window.used += cost;
      const resetSeconds = Math.max(1, Math.ceil((window.endsAt - now) / 1_000));
      return { allowed, remaining: Math.max(0, policy.limit - window.used), resetSeconds };
    },
  };
}
