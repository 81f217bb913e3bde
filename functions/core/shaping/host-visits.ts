import { groupSignal, type HostAnswer } from './group-signal.ts';
import { addressOf } from '../mailbox.ts';
import { mxGroupOf } from './mx-group.ts';
import type { Classify } from '../ports/classify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Target } from '../ports/router.ts';
import type { AttemptOrder } from '../ports/transport.ts';
import type { Postponement } from '../postpone.ts';
import type { Admitted, Shaper, Wait } from './shaper.ts';
import type { SharedRates } from './shared-rates.ts';
import { chooseSource, rankedSources, type SourceAddress, type SourceChoice } from './source-address.ts';

export type ShapingPorts = {
  readonly shaper: Shaper;
  readonly rates: SharedRates;
  readonly classify: Classify;
  /** Empty: mail leaves from wherever the system sends it. */
  readonly sources: readonly SourceAddress[];
};

/** The hosts that one attempt visits, and the groups they are of. */
export type HostVisits = {
  /** The target as it may be dialled, or `null`: not now, or from no address of ours. */
  enter(target: Target): Promise<Target | null>;
  heard(target: Target, answer: HostAnswer): void;
  /** Tells what was learnt of each group; always to be called. */
  end(): Promise<void>;
  /** When to come again, if no host may be dialled now for a reason that passes; `no_source`: none can be dialled at all. */
  readonly refusal: () => Postponement | 'no_source' | null;
};

type Group = { readonly name: string; readonly gate: Admitted | Wait; readonly answers: HostAnswer[] };

/**
 * A group is asked for once in an attempt, before its first host is dialled: what an attempt learns of one MX does not keep it
 * from the next.
 */
export function visitHosts(order: AttemptOrder, ports: ShapingPorts & { readonly clock: Clock }): HostVisits {
  const { shaper, rates, clock, classify, sources } = ports;
  const groups = new Map<string, Group>();
  const choices = new Map<string, SourceChoice>();
  const waits: Postponement[] = [];
  let withoutSource = false;

  async function sourceFor(group: string, { ip }: Target): Promise<SourceChoice | null> {
    if (sources.length === 0) return null;
    const [first] = order.recipients;
    const ranked = rankedSources(sources, first === undefined ? order.domain : addressOf(first), ip);
    const key = `${group} ${ip.includes(':')}`;
    const choice = choices.get(key) ?? (await chooseSource(ranked, group, { rates, now: clock.now() }));
    choices.set(key, choice);
    return choice;
  }

  async function groupOf(name: string, host: string): Promise<Group> {
    const gate = groups.get(name)?.gate ?? (await shaper.admit(name, host, order.deadline));
    const group = groups.get(name) ?? { name, gate, answers: [] };
    if (!groups.has(name) && gate.kind === 'wait') waits.push({ ...gate, kind: 'postponed', group: name });
    groups.set(name, group);
    return group;
  }

  return {
    async enter(target) {
      const name = mxGroupOf(target.host);
      const { gate } = await groupOf(name, target.host);
      if (gate.kind === 'wait') return null;
      const choice = await sourceFor(name, target);
      switch (choice?.kind) {
        case undefined:
          return target;
        case 'source':
          return { ...target, source: choice.source };
        case 'wait':
          waits.push({ ...choice, kind: 'postponed', group: name, why: 'warming_up' });
          return null;
        case 'none':
          withoutSource = true;
          return null;
      }
    },
    heard: ({ host }, answer) => void groups.get(mxGroupOf(host))?.answers.push(answer),
    async end() {
      for (const { gate, answers } of groups.values()) {
        if (gate.kind === 'admitted') await gate.end(groupSignal(answers, classify));
      }
    },
    refusal() {
      const [first] = waits.toSorted((a, b) => a.until - b.until);
      return first ?? (withoutSource ? 'no_source' : null);
    },
  };
}
