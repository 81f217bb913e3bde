import type { Random } from '../core/ports/random.ts';
import type { TlsReports, TlsReportState, TlsReportSubject } from '../core/ports/tls-reports.ts';
import { limits } from '../core/limits.ts';
import type { TlsCount, TlsFinding } from '../core/tls/tls-finding.ts';
import { queryItems, readItem, type Write, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

/** The partitions of the due index where reports wait, and where those stay that are over. */
const shards = { waiting: 'xtls', ended: 'xtls-ended' } as const;
const dayMs = 86_400_000;
const tokenBytes = 9;
/** An addition costs a unit for each KB that the item holds by then, and one more for its first entry in the index. */
const mostUnits = 4;

/**
 * Counts and reports about TLS in DynamoDB: one item for a domain and a day, until the table's time to live takes it. Each
 * finding is an attribute whose name is the finding and whose value is the count, so that any number of counts are added in one
 * update, whoever else adds to them.
 */
export function createDynamodbTlsReports(table: DynamodbTable, random: Random): TlsReports {
  return {
    async add(subject, counts, dueAt) {
      const token = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
      const written = await write(table, additionOf(subject, counts, dueAt, token));
      return written.kind === 'written' && (written.units ?? 0) > mostUnits ? 'crowded' : 'roomy';
    },
    async due(now, limit) {
      const listed = await queryItems(
        table,
        {
          IndexName: 'due',
          KeyConditionExpression: 'x = :shard AND d <= :now',
          ExpressionAttributeValues: { ':shard': { S: shards.waiting }, ':now': { N: String(now) } },
        },
        limit,
      );
      const keys = listed.map((item) => keyOf(textOf(item, 'pk'), textOf(item, 'sk')));
      return (await readItems(table, keys, 'consistent'))
        .map(stateIn)
        .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
        .toSorted((left, right) => (left.dueAt ?? 0) - (right.dueAt ?? 0));
    },
    async counts(subject) {
      const item = (await readItem(table, itemKey(subject))) ?? {};
      return Object.keys(item)
        .filter((name) => name.startsWith('{'))
        .map((name) => ({ finding: JSON.parse(name) as TlsFinding, sessions: numberOf(item, name) ?? 0 }));
    },
    async save(state) {
      const { kind } = await write(table, {
        kind: 'update',
        input: {
          Key: itemKey(state),
          // A report that is over keeps its place in the index, of a partition that nobody looks at: late counts leave it there.
          UpdateExpression: `SET v = :version, x = :shard, j = :delivered${state.dueAt === null ? '' : ', d = :due'}`,
          ConditionExpression: 'v = :before',
          ExpressionAttributeValues: {
            ':version': { N: String(state.version) },
            ':before': { N: String(state.version - 1) },
            ':shard': { S: state.dueAt === null ? shards.ended : shards.waiting },
            ':delivered': { S: JSON.stringify(state.deliveredTo) },
            ...(state.dueAt !== null && { ':due': { N: String(state.dueAt) } }),
          },
        },
      });
      return kind === 'written' ? 'saved' : 'fenced';
    },
    // The table's time to live does it.
    purge: async () => undefined,
  };
}

function additionOf(subject: TlsReportSubject, counts: readonly TlsCount[], dueAt: number, token: string): Write {
  const places = counts.map((_, index) => `#f${index} :n${index}`);
  const first = 'x = if_not_exists(x, :shard), d = if_not_exists(d, :due), v = if_not_exists(v, :one)';
  return {
    kind: 'update',
    input: {
      Key: itemKey(subject),
      UpdateExpression: `SET ${first}, z = :gone, i = :day, o = :domain, w = :token ADD ${places.join(', ')}`,
      ReturnConsumedCapacity: 'TOTAL',
      // Sent again because an answer was lost, it adds nothing.
      ConditionExpression: 'attribute_not_exists(w) OR w <> :token',
      ExpressionAttributeNames: Object.fromEntries(
        counts.map(({ finding }, index) => [`#f${index}`, JSON.stringify(finding)]),
      ),
      ExpressionAttributeValues: {
        ':shard': { S: shards.waiting },
        ':due': { N: String(dueAt) },
        ':one': { N: '1' },
        ':gone': { N: String(goneAt(subject)) },
        ':token': { S: token },
        ':day': { S: subject.day },
        ':domain': { S: subject.domain },
        ...Object.fromEntries(counts.map(({ sessions }, index) => [`:n${index}`, { N: String(sessions) }])),
      },
    },
  };
}

function itemKey({ day, domain }: TlsReportSubject): Item {
  return keyOf(`tls#${day}#${domain}`);
}

function goneAt({ day }: TlsReportSubject): number {
  return (Date.parse(`${day}T00:00:00Z`) + (limits.tlsReportKeptDays + 1) * dayMs) / 1_000;
}

function stateIn(item: Item): TlsReportState {
  return {
    day: textOf(item, 'i'),
    domain: textOf(item, 'o'),
    version: numberOf(item, 'v') ?? 0,
    dueAt: textOf(item, 'x') === shards.waiting ? numberOf(item, 'd') : null,
    deliveredTo: JSON.parse(textOf(item, 'j') || '[]') as string[],
  };
}
