import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { DeliveryRecord } from '../functions/core/delivery-log/delivery-record.ts';
import { exampleRecords } from './log-record-examples.ts';

type Field = {
  readonly type?: string | readonly string[];
  readonly description: string;
  readonly 'x-kinds': string | readonly string[];
};

const docs = path.resolve(import.meta.dirname, '../docs');
const attempts = ['Delivery', 'Bounce', 'TransientFailure'];

const kinds: Readonly<Record<DeliveryRecord['type'], string>> = {
  Reception: 'An email was accepted. One record for the recipients of each domain, those included that are suppressed.',
  Delivery: 'A mail server took the message: `event` is `email.delivered`, or `email.relayed` from a smarthost.',
  Bounce: 'A server refused the recipient for good, or a rule of our own did (`peer_address` is null then).',
  TransientFailure:
    'An attempt failed for now. With `in_doubt` the server may have it; with the `status` `unknown` that is the last word.',
  Expiration: 'The lifetime was over.',
  AdminBounce:
    'Ended by an operator or a rule of ours, without an attempt: `event` is `email.canceled`, `email.suppressed` or `email.failed`.',
  OOB: 'A report that came back to a proven return path says that a message which was taken has bounced.',
  Feedback: 'A complaint came back to a proven return path. `status` stays what it was.',
};

/** The page about log records, as it is committed: prose from `head` and `tail`, the rest from the schema and from records. */
export function logRecordPage(): string {
  const schema = JSON.parse(readFileSync(path.join(docs, 'log-record.schema.json'), 'utf8')) as {
    readonly properties: Readonly<Record<string, Field>>;
  };
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    return `| \`${name}\` | ${typeOf(field)} | ${kindsOf(field)} | ${field.description} |`;
  });
  const fields = ['| field | type | in | meaning |', '|---|---|---|---|', ...rows].join('\n');
  const records = exampleRecords().map(
    (record) => `### ${record.type}\n\n${kinds[record.type]}\n\n\`\`\`json\n${JSON.stringify(record)}\n\`\`\`\n`,
  );
  return `${head}\n## Fields\n\n"In" names the kinds that carry a field: *attempts* are Delivery, Bounce and TransientFailure. In the others it is there all the same, as null, false, empty or \`Uncategorized\`. The fields as far as \`session_id\` are KumoMTA's.\n\n${fields}\n\n${latency}\n## Kinds\n\n${records.join('\n')}`;
}

function typeOf({ type }: Field): string {
  if (type === undefined) return 'string or array';
  return typeof type === 'string' ? type : type.join(' or ');
}

function kindsOf({ 'x-kinds': names }: Field): string {
  if (typeof names === 'string') return names;
  if (names.length === 0) return 'none';
  const rest = names.filter((name) => !attempts.includes(name));
  return attempts.every((name) => names.includes(name)) ? ['attempts', ...rest].join(', ') : names.join(', ');
}

const head = `# The log of deliveries

Written by \`npm run build:log-record\` from [log-record.schema.json](log-record.schema.json) (JSON Schema) and from records themselves; \`test/core/delivery-log/delivery-record.test.ts\` and \`test/local/delivery-log.test.ts\` hold it to what the process writes.

\`POSTERN_DELIVERY_LOG\` turns it on: one line of JSON for everything that becomes of a recipient, in the form of KumoMTA's log records with a few fields more, so that what reads those reads these. Recipients of one delivery who fared alike share a record.

| \`POSTERN_DELIVERY_LOG\` | |
|---|---|
| \`off\` | the default |
| \`stdout\` | a line among those of the log, which have a \`level\` where these have a \`type\`. On AWS that is CloudWatch |
| a path with a slash in it | a directory, made if need be: \`deliveries-2026-11-25.ndjson\` for each UTC day, readable by its owner alone. For one process; a function refuses it |

**Privacy.** These lines name people: addresses, tags, metadata, and what servers say, which often repeats an address. The other log never does, and \`stdout\` mixes the two: who may read the one may read the other then. No record has a subject, content, a password or a key; a signed return path only where a server quotes it in its reply.

**When.** A record is written after what it says was committed, by the process that committed it, and never again: at most once. A process that is killed between the two leaves it out, and an outcome that was fenced out (another worker had the delivery by then) has none; the record in the store, \`GET /v1/emails/:id\`, is what counts. An attempt whose process died is recorded by whoever finds it, as \`in_doubt\` with the error \`abandoned\` and without \`latency_ms\`. A postponement or a reschedule is none.

**Files** are appended to and not fsynced: after a power failure the last lines may be missing and one torn, which a reader skips. They are removed 30 days after their day, at the turn of the next. A disk that is full or gone holds up no mail: the log says \`delivery_log_failed\` once, what cannot be written is dropped, and \`delivery_log_recovered\` says how many lines that were. Up to 16 MB wait for a slow disk. The file is kept open, so rotate it by no other means; one that was removed, or whose directory was, is begun anew.

**What it costs on AWS.** A mail that is delivered at once makes two records, of 1.2 and 1.7 KB in the examples below: 2.9 GB for a million mails. At the $0.50 a GB that CloudWatch takes for what it is given (us-east-1) that is $1.45, a fifth of what the mails themselves [cost](deploy.md#what-it-costs); what is kept is $0.03 a GB and month, for as long as \`logRetentionDays\` says. \`-c deliveryLog=stdout\` turns it on. Find them in CloudWatch Logs Insights with \`filter ispresent(num_attempts)\`. A record is far below the 256 KB of one event.

**Counting.** Each recipient has one Reception and one last record: the first of Delivery, Bounce, Expiration, AdminBounce or a TransientFailure whose \`status\` is \`unknown\`. TransientFailures come before it, OOB and Feedback after.
`;

const latency = `## Latency

\`latency_ms\` has the phases that were gone through: \`dns\` (finding the hosts: MX, addresses, TLSA, policies), \`connect\`, \`greeting\`, \`ehlo\`, \`starttls\`, \`auth\`, \`mail\`, \`rcpt\`, \`data\`, \`body\`, \`dot\` (from the last octet to the verdict).

- A connection that was open already has none before \`mail\`; that is how reuse shows.
- Of commands sent together the first takes the round trip: \`mail\` is long then, \`rcpt\` and \`data\` are near 0. A message in the same flight has only \`dot\` besides.
- A phase that is gone through twice (EHLO before and after STARTTLS, several transactions) adds up.
- \`dns\` is measured by the wall clock, the others by the monotonic one. Null: nobody was dialled from here, as on the sandbox.
`;
