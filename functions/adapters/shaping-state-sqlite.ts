import type { ShapingState } from '../core/ports/shaping-state.ts';
import type { SqliteStore } from './sqlite-store.ts';

type Row = { readonly version: number; readonly value: string };

/** Shared records of shaping on the embedded store. */
export function createSqliteShapingState(store: SqliteStore): ShapingState {
  return {
    async read(name) {
      const row = store.statement('SELECT version, value FROM shaping WHERE name = ?').get(name) as Row | undefined;
      return row === undefined ? null : { version: row.version, value: JSON.parse(row.value) as unknown };
    },
    replace: (name, { version, value }, keepUntil) =>
      store.write(() => {
        const text = JSON.stringify(value);
        const { changes } =
          version === 1
            ? store
                .statement('INSERT INTO shaping VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING')
                .run(name, text, keepUntil)
            : store
                .statement('UPDATE shaping SET version = ?, value = ?, keep_until = ? WHERE name = ? AND version = ?')
                .run(version, text, keepUntil, name, version - 1);
        return changes === 1;
      }),
    async purge(now) {
      await store.write(() => store.statement('DELETE FROM shaping WHERE keep_until < ?').run(now));
    },
  };
}
