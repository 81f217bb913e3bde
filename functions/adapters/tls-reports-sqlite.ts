import type { TlsReports, TlsReportState } from '../core/ports/tls-reports.ts';
import type { TlsFinding } from '../core/tls/tls-finding.ts';
import type { SqliteStore } from './sqlite-store.ts';

type StateRow = {
  readonly day: string;
  readonly domain: string;
  readonly version: number;
  readonly due_at: number | null;
  readonly delivered_to: string;
};
type CountRow = { readonly finding: string; readonly sessions: number };

/** Beyond so many findings of a domain and a day, more come without details. */
const mostFindings = 50;

/** Counts and reports about TLS on the embedded store. */
export function createSqliteTlsReports(store: SqliteStore): TlsReports {
  // Methods that only read are async although they need not be: what SQLite throws becomes a rejection.
  return {
    add: ({ domain, day }, counts, dueAt) =>
      store.write(() => {
        store
          .statement(
            `INSERT INTO tls_report (day, domain, version, due_at, delivered_to) VALUES (?, ?, 1, ?, '[]')
             ON CONFLICT (day, domain) DO NOTHING`,
          )
          .run(day, domain, dueAt);
        const added = store.statement(
          `INSERT INTO tls_count (day, domain, finding, sessions) VALUES (?, ?, ?, ?)
           ON CONFLICT (day, domain, finding) DO UPDATE SET sessions = sessions + excluded.sessions`,
        );
        for (const { finding, sessions } of counts) added.run(day, domain, JSON.stringify(finding), sessions);
        const { findings } = store
          .statement('SELECT count(*) AS findings FROM tls_count WHERE day = ? AND domain = ?')
          .get(day, domain) as { readonly findings: number };
        return findings > mostFindings ? ('crowded' as const) : ('roomy' as const);
      }),
    async due(now, limit) {
      const rows = store
        .statement('SELECT * FROM tls_report WHERE due_at <= ? ORDER BY due_at LIMIT ?')
        .all(now, limit) as StateRow[];
      return rows.map(stateIn);
    },
    async counts({ domain, day }) {
      const rows = store
        .statement('SELECT finding, sessions FROM tls_count WHERE day = ? AND domain = ?')
        .all(day, domain) as CountRow[];
      return rows.map(({ finding, sessions }) => ({ finding: JSON.parse(finding) as TlsFinding, sessions }));
    },
    save: ({ domain, day, version, dueAt, deliveredTo }) =>
      store.write(() => {
        const { changes } = store
          .statement(
            'UPDATE tls_report SET version = ?, due_at = ?, delivered_to = ? WHERE day = ? AND domain = ? AND version = ?',
          )
          .run(version, dueAt, JSON.stringify(deliveredTo), day, domain, version - 1);
        return Number(changes) === 1 ? ('saved' as const) : ('fenced' as const);
      }),
    purge: (day) =>
      store.write(() => {
        store.statement('DELETE FROM tls_report WHERE day < ?').run(day);
        store.statement('DELETE FROM tls_count WHERE day < ?').run(day);
      }),
  };
}

function stateIn({ day, domain, version, due_at: dueAt, delivered_to: deliveredTo }: StateRow): TlsReportState {
  return { day, domain, version, dueAt, deliveredTo: JSON.parse(deliveredTo) as string[] };
}
