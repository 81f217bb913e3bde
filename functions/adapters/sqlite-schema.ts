import type { DatabaseSync } from 'node:sqlite';

/**
 * The steps from an empty file to the present schema; `user_version` counts those taken. A step that was released is never
 * changed, only followed by another.
 *
 * - An email's acceptance touches as few pages as can be: keys are the table itself (WITHOUT ROWID), and because ids sort by
 *   the time they were made at, new rows go to the end and nothing needs an index by time.
 * - `content` is the exception: WITHOUT ROWID its blobs would be part of the keys, and every comparison of a search would read
 *   one of them whole.
 * - `delivery_due` holds the open deliveries only, so that the sweep's look costs the same however much has ended.
 * - Of the webhook deliveries of one stream only the first has a `due_at`; the one that ends puts the next in its place.
 * - `job.seq` is AUTOINCREMENT: a number that comes back after a delete would be behind the queue's cursor. So is
 *   `dsn_owed.seq`: whoever has looked at a delivery takes out what it knows of, and nothing that was written meanwhile.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE email (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE delivery (
    email_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    domain TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    claimed_at INTEGER,
    due_at INTEGER,
    recipients TEXT NOT NULL,
    PRIMARY KEY (email_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE content (
    email_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (email_id, part)
  ) STRICT;

  CREATE TABLE job (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, content BLOB) STRICT;
  CREATE TABLE job_set_aside (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    content BLOB,
    why TEXT NOT NULL,
    set_aside_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE kept_answer (
    project_id TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    warning TEXT,
    kept_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, route, key)
  ) STRICT;
  CREATE INDEX kept_answer_by_age ON kept_answer (kept_at);

  CREATE TABLE api_key (id TEXT NOT NULL PRIMARY KEY, project_id TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
  `,
  `
  ALTER TABLE api_key ADD COLUMN record TEXT NOT NULL DEFAULT '{}';
  CREATE INDEX api_key_by_project ON api_key (project_id, id);

  CREATE TABLE project (id TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE domain (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    next_check_at INTEGER NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (project_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX domain_by_name ON domain (name) WHERE status = 'verified';
  CREATE INDEX domain_due ON domain (next_check_at);

  CREATE TABLE suppression (
    project_id TEXT NOT NULL,
    canonical TEXT NOT NULL,
    expires_at INTEGER,
    record TEXT NOT NULL,
    PRIMARY KEY (project_id, canonical)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX suppression_by_end ON suppression (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE full_mailbox (
    project_id TEXT NOT NULL,
    canonical TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (project_id, canonical, day)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX full_mailbox_by_day ON full_mailbox (day);

  CREATE TABLE sts_policy (
    domain TEXT NOT NULL PRIMARY KEY,
    fetched_at INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sts_policy_by_check ON sts_policy (checked_at);
  CREATE INDEX sts_policy_by_end ON sts_policy (expires_at);

  CREATE TABLE webhook (id TEXT NOT NULL PRIMARY KEY, project_id TEXT NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX webhook_by_project ON webhook (project_id, id);

  CREATE TABLE webhook_delivery (
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    place INTEGER NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    ended_at INTEGER,
    event TEXT NOT NULL,
    attempts TEXT NOT NULL,
    PRIMARY KEY (webhook_id, event_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX webhook_delivery_stream ON webhook_delivery (webhook_id, stream, place) WHERE status = 'pending';
  CREATE INDEX webhook_delivery_by_end ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;

  CREATE TABLE dsn_owed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    due_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE shaping (
    name TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    keep_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tls_report (
    day TEXT NOT NULL,
    domain TEXT NOT NULL,
    version INTEGER NOT NULL,
    due_at INTEGER,
    delivered_to TEXT NOT NULL,
    PRIMARY KEY (day, domain)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tls_report_due ON tls_report (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE tls_count (
    day TEXT NOT NULL,
    domain TEXT NOT NULL,
    finding TEXT NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, domain, finding)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings the database to the present schema in one transaction; `false` when a newer version of the program has written it. */
export function migrate(database: DatabaseSync): boolean {
  const taken = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (taken > steps.length) return false;
  if (taken === steps.length) return true;
  database.exec(`BEGIN EXCLUSIVE; ${steps.slice(taken).join('')} PRAGMA user_version = ${steps.length}; COMMIT;`);
  return true;
}
