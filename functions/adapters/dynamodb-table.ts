import type { AttributeValue, CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { Clock } from '../core/ports/clock.ts';

/** The one table, and the client that speaks to it. */
export type DynamodbTable = { readonly client: DynamoDBClient; readonly name: string; readonly clock: Clock };

export type Item = Record<string, AttributeValue>;

/**
 * What a table of this program looks like, apart from its name and how it is paid for. Attribute names are short, for they
 * count into the size of each item:
 *
 * | name | in items of | holds |
 * |---|---|---|
 * | `pk`, `sk` | all | the key; of an email with its first delivery: project and shard, and its id; of a further delivery: the email's id and its place (`01` to `49`) |
 * | `e`, `k` | emails | the email; how many deliveries it has, when more than one |
 * | `q` | further deliveries | the project |
 * | `l` | API keys, domains | the partition of the listing index |
 * | `u`, `un` | emails | the gate that has to be open before the email counts, and the id it is open for if not the email's own |
 * | `s`, `v`, `a`, `c`, `d`, `o`, `r` | deliveries | state, version, attempts begun, claimed at, due at, domain, recipients |
 * | `w` | deliveries | who claimed it, so that a claim sent twice is known for one's own |
 * | `x` | deliveries | the partition of the due index, where the sweep has to look for it |
 * | `g`, `t`, `f`, `n`, `b`, `q` | gates and kept answers | the id it is open for, kept at, fingerprint, status, body, warning |
 * | `p` | kept answers | the gate behind which they count, where they are not one themselves |
 * | `w`, `y` | reservations of keys | who holds it, until when |
 * | `h`, `j` | API keys; those, domains, suppressions, projects, MTA-STS policies | digest; the record as JSON |
 * | `y` | suppressions | when it expires |
 * | `v`, `j`, `w` | shared records of shaping | version; the record as JSON; which write it was |
 * | `y`, `n` | windows of rate limits | when it ends, requests taken from it |
 * | `i`, `c` | domains | id, checked at |
 * | `c`, `d`, `x` | MTA-STS policies | fetched at, checked at, their partition of the due index |
 * | `j`, `v` | webhooks | the record as JSON, its version |
 * | `e`, `r` | webhook deliveries | the event, the attempts, as JSON |
 * | `s`, `v`, `a`, `y`, `t` | webhook deliveries | status, version, tries, due at, ended at |
 * | `i`, `o`, `v`, `d`, `x`, `w`, `j` | reports about TLS | day, domain, version, due at, their partition of the due index, the last addition, endpoints that have it |
 * | names that begin with `{` | reports about TLS | the finding as JSON: how many sessions came to it |
 * | `z` | all | where there is one: when the item may go (seconds since 1970; the table's time to live) |
 *
 * Both indexes hold keys only, so a write costs them nothing unless it changes what they are keyed by.
 */
export const tableDefinition: Pick<
  CreateTableCommandInput,
  'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes'
> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'l', AttributeType: 'S' },
    { AttributeName: 'x', AttributeType: 'S' },
    { AttributeName: 'd', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: 'l', KeyType: 'HASH' },
        { AttributeName: 'pk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'due',
      KeySchema: [
        { AttributeName: 'x', KeyType: 'HASH' },
        { AttributeName: 'd', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

/** A string attribute; empty when there is none. */
export function textOf(item: Item, name: string): string {
  return item[name]?.S ?? '';
}

/** A number attribute; `null` when there is none. */
export function numberOf(item: Item, name: string): number | null {
  const text = item[name]?.N;
  return text === undefined ? null : Number(text);
}
