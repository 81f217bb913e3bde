import type { TlsCount } from '../tls/tls-finding.ts';

/** What a report is about: one policy domain and one UTC day (`2026-11-25`). */
export type TlsReportSubject = { readonly domain: string; readonly day: string };

/**
 * Where a report stands. `version` grows with every write and fences out whoever read an older one; `dueAt` is when somebody
 * has to look at it: its time, the next try, or the end of the lease of whoever is at it; `null` once it is over.
 */
export type TlsReportState = TlsReportSubject & {
  readonly version: number;
  readonly dueAt: number | null;
  /** The endpoints that have it already. */
  readonly deliveredTo: readonly string[];
};

/** How TLS went, counted, and the reports about it; shared by all workers. Nothing of a day is kept for longer than a week after it. */
export interface TlsReports {
  /**
   * Adds to the counts of a day. The first ones make its report due at `dueAt`; later ones change that no more, and count in
   * no report that was made before. `crowded`: there are so many findings already that more had better come without details,
   * for whoever owns a domain decides how many there are.
   */
  add(subject: TlsReportSubject, counts: readonly TlsCount[], dueAt: number): Promise<'roomy' | 'crowded'>;
  /** Reports whose time has come, the longest due first. */
  due(now: number, limit: number): Promise<readonly TlsReportState[]>;
  /** What was counted, in no order. */
  counts(subject: TlsReportSubject): Promise<readonly TlsCount[]>;
  /** Durable when it resolves with `saved`; `fenced` when another version than the one before is stored: nothing has changed then. */
  save(state: TlsReportState): Promise<'saved' | 'fenced'>;
  /** Forgets days before `day`. */
  purge(day: string): Promise<void>;
}
