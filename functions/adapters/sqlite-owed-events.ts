import type { ProjectId } from '../core/ids.ts';
import type { ProjectEvent } from '../core/events/project-event.ts';
import { wants, type Webhook } from '../core/webhooks/webhook.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { wakeOnceCommitted } from './sqlite-wakes.ts';

/** Projects whose endpoints are remembered; every write that may owe events asks for one. */
const mostRemembered = 10_000;

// What stands on one store shares it, whichever adapter writes.
const knownOf = new WeakMap<SqliteStore, Map<ProjectId, readonly Webhook[]>>();

/** The endpoints of a project, the oldest first. This process is the only one on the store, so what was read once stays true. */
export function webhooksOf(store: SqliteStore, projectId: ProjectId): readonly Webhook[] {
  const byProject = known(store);
  const remembered = byProject.get(projectId);
  if (remembered !== undefined) return remembered;
  const rows = store.statement('SELECT record FROM webhook WHERE project_id = ? ORDER BY id').all(projectId);
  const webhooks = rows.map(({ record }) => JSON.parse(String(record)) as Webhook);
  if (byProject.size >= mostRemembered) byProject.clear();
  byProject.set(projectId, webhooks);
  return webhooks;
}

/** For every change of a project's endpoints: inside its `write`, and after it, for what was read within may be undone. */
export function forgetWebhooks(store: SqliteStore, projectId: ProjectId): void {
  known(store).delete(projectId);
}

/**
 * Writes what the endpoints of a project are owed of what has happened in it; inside the `write` that makes it happen, so that
 * both are on disk or neither is. `happened` is asked only where somebody may want to know.
 */
export function oweEvents(store: SqliteStore, projectId: ProjectId, happened: () => readonly ProjectEvent[]): void {
  const webhooks = webhooksOf(store, projectId).filter(({ disabled }) => disabled === null);
  if (webhooks.length === 0) return;
  let owed = 0;
  for (const event of happened()) {
    for (const webhook of webhooks) {
      if (wants(webhook, event)) owed += insertOwed(store, webhook, event);
    }
  }
  if (owed > 0) wakeOnceCommitted(store);
}

function known(store: SqliteStore): Map<ProjectId, readonly Webhook[]> {
  const found = knownOf.get(store) ?? new Map<ProjectId, readonly Webhook[]>();
  knownOf.set(store, found);
  return found;
}

// What stands behind an earlier event of its stream is due when that one has ended.
function insertOwed(store: SqliteStore, { id }: Webhook, event: ProjectEvent): number {
  const { stream, place, at } = event;
  const { changes } = store
    .statement(
      `INSERT INTO webhook_delivery
         (webhook_id, event_id, stream, place, status, version, due_at, tries, ended_at, event, attempts)
       SELECT :webhook, :event, :stream, :place, 'pending', 1,
         CASE WHEN EXISTS (SELECT 1 FROM webhook_delivery
                           WHERE webhook_id = :webhook AND stream = :stream AND status = 'pending')
              THEN NULL ELSE :at END,
         0, NULL, :record, '[]'
       WHERE true
       ON CONFLICT (webhook_id, event_id) DO NOTHING`,
    )
    .run({ webhook: id, event: event.id, stream, place, at, record: JSON.stringify(event) });
  return Number(changes);
}
