import { mayOweDsn } from '../dsn/may-owe-dsn.ts';
import type { Delivery } from '../email.ts';
import type { ProjectId } from '../ids.ts';
import type { KeptOwed, Owed } from './owed.ts';
import type { Admissions } from '../ports/admissions.ts';
import type { Domains } from '../ports/domains.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { NotifyQueue } from '../ports/notify-queue.ts';
import type { OwedEvents } from '../ports/owed-events.ts';
import type { Suppressions } from '../ports/suppressions.ts';
import { domainEvents, suppressionEvent } from './project-event.ts';

export type TellingPorts = {
  /** Whether anybody is told of a project's events; may be behind by a while. */
  readonly hasEndpoints: (projectId: ProjectId) => Promise<boolean>;
  readonly owed: OwedEvents;
  readonly notifications: NotifyQueue;
  readonly log: Log;
};

type Stores = Pick<TellingStores, 'admissions' | 'ledger' | 'suppressions' | 'domains'>;
type TellingStores = {
  readonly admissions: Admissions;
  readonly ledger: Ledger;
  readonly suppressions: Suppressions;
  readonly domains: Domains;
};

/**
 * Stores where no transaction spans what happens and what endpoints, and senders who want to be told by mail, are owed of it: what
 * may be owed is kept before the write, and looked at after it, by whoever is told over the queue or else by the sweep. Looking
 * twice, or where nothing has happened, does no harm. A project without endpoints, and without such emails, costs nothing.
 */
export function tellingStores(stores: Stores, ports: TellingPorts): TellingStores {
  return {
    admissions: tellingAdmissions(stores.admissions, ports),
    ledger: {
      ...stores.ledger,
      commit: (next) =>
        told(
          next.projectId,
          [asOwedEmail(next)],
          () => stores.ledger.commit(next),
          (result) => result === 'committed',
          ports,
          mayOweDsn(next) ? [asOwedEmail(next)] : [],
        ),
    },
    suppressions: tellingSuppressions(stores.suppressions, ports),
    domains: {
      ...stores.domains,
      async update(domain) {
        if (!(await ports.hasEndpoints(domain.projectId))) return await stores.domains.update(domain);
        const before = await stores.domains.find(domain.projectId, domain.id);
        const owed = before === null ? [] : domainEvents(before.status, domain).map(asOwed);
        return await told(domain.projectId, owed, () => stores.domains.update(domain), Boolean, ports);
      },
    },
  };
}

function tellingAdmissions(admissions: Admissions, ports: TellingPorts): Admissions {
  return {
    admit(all, answers, now) {
      const [first] = all;
      const write = () => admissions.admit(all, answers, now);
      if (first === undefined) return write();
      const made = all.flatMap(({ deliveries }) => deliveries);
      const inMail = made.filter(mayOweDsn).map(asOwedEmail);
      return told(
        first.email.projectId,
        made.map(asOwedEmail),
        write,
        ({ kind }) => kind === 'admitted',
        ports,
        inMail,
      );
    },
  };
}

function tellingSuppressions(suppressions: Suppressions, ports: TellingPorts): Suppressions {
  return {
    ...suppressions,
    add(all, now) {
      const [first] = all;
      const write = () => suppressions.add(all, now);
      if (first === undefined) return write();
      const owed = all.map((one) => asOwed(suppressionEvent('suppression.added', one, now)));
      return told(first.projectId, owed, write, (standing, index) => standing[index]?.added === true, ports);
    },
    async remove(projectId, canonical, now) {
      const write = () => suppressions.remove(projectId, canonical, now);
      if (!(await ports.hasEndpoints(projectId))) return await write();
      const standing = await suppressions.find(projectId, canonical, now);
      if (standing === null) return await write();
      const owed = [asOwed(suppressionEvent('suppression.removed', standing, now))];
      return await told(projectId, owed, write, Boolean, ports);
    },
  };
}

function asOwed(event: Extract<Owed, { kind: 'event' }>['event']): Owed {
  return { kind: 'event', event };
}

function asOwedEmail({ projectId, emailId, id: deliveryId }: Delivery): Owed {
  return { kind: 'email', projectId, emailId, deliveryId };
}

// A write that rejects may have been made all the same: whoever looks later judges. `isSo` says what a write that resolves has
// made true of what was owed. `inMail` is owed whether or not there are endpoints.
async function told<Result>(
  projectId: ProjectId,
  owed: readonly Owed[],
  write: () => Promise<Result>,
  isSo: (result: Result, index: number) => boolean,
  { hasEndpoints, owed: kept, notifications, log }: TellingPorts,
  inMail: readonly Owed[] = [],
): Promise<Result> {
  const wanted = owed.length > 0 && (await hasEndpoints(projectId)) ? owed : inMail;
  if (wanted.length === 0) return await write();
  const all: readonly KeptOwed[] = await Promise.all(wanted.map((one) => kept.keep(one)));
  const result = await write();
  const [so, not] = [true, false].map((held) => all.filter((_, index) => isSo(result, index) === held));
  try {
    await notifications.send((so ?? []).map((one) => ({ kind: 'owed', sure: true, ...one })));
    await Promise.all((not ?? []).map(({ id }) => kept.forget(id)));
  } catch (error) {
    // The sweep finds what was kept.
    log.warn('notify_queue_unavailable', { why: String(error) });
  }
  return result;
}
