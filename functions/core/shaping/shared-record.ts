import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { SharedRecord, ShapingState } from '../ports/shaping-state.ts';

type Change<Value, Result> =
  | { readonly kind: 'write'; readonly value: Value; readonly keepUntil: number; readonly result: Result }
  | { readonly kind: 'keep'; readonly result: Result };

const pauseMs = 20;

/**
 * Changes a shared record by a pure rule, which is asked again for what others have written meanwhile. `seen` is what the
 * caller last knew of it (`undefined`: nothing), which spares the reading. Answers the record as it then stands, and `null`
 * when the others kept changing it.
 */
export async function changeShared<Value, Result>(
  name: string,
  seen: SharedRecord | null | undefined,
  rule: (value: Value | null) => Change<Value, Result>,
  { state, clock, random }: { readonly state: ShapingState; readonly clock: Clock; readonly random: Random },
): Promise<{ readonly result: Result; readonly record: SharedRecord | null } | null> {
  let record = seen;
  for (let tries = 1; tries <= limits.sharedTries; tries++) {
    if (record === undefined) record = await state.read(name);
    const change = rule((record?.value ?? null) as Value | null);
    if (change.kind === 'keep') return { result: change.result, record };
    const next = { version: (record?.version ?? 0) + 1, value: change.value };
    if (await state.replace(name, next, change.keepUntil)) return { result: change.result, record: next };
    record = undefined;
    await clock.sleep(Math.round(random.fraction() * pauseMs * tries));
  }
  return null;
}
