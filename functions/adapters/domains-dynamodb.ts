import type { DomainId, ProjectId } from '../core/ids.ts';
import type { DomainKey, Domains, SenderDomain } from '../core/ports/domains.ts';
import { queryItems, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { remember } from './dynamodb-remember.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

type StoredKey = Omit<DomainKey, 'sealedPrivateKey'> & { readonly sealedPrivateKey: string };
type StoredDomain = Omit<SenderDomain, 'keys'> & { readonly keys: readonly StoredKey[] };

/** The partition of the due index that domains have to themselves. */
const dueShard = 'xdomains';

/**
 * Sender domains in DynamoDB: a partition a project, an item a domain under its name. Verified ones are found by name, and all
 * by the time of their next check, in the indexes, whose answers are read again from the table. What `verified` answers is
 * believed for half a minute.
 */
export function createDynamodbDomains(table: DynamodbTable): Domains {
  const verified = remember(table.clock, (name: string) => readVerified(table, name));
  const change = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    try {
      return await operation();
    } finally {
      verified.forget();
    }
  };
  return {
    add: (domain) => change(async () => ((await insert(table, domain)) ? 'added' : 'exists')),
    find: (projectId, id) => find(table, projectId, id),
    async list(projectId) {
      return (await queryItems(table, ofProject(projectId))).map(domainIn);
    },
    verified: verified.read,
    update: (domain) => change(() => replace(table, domain)),
    remove: (projectId, id) => change(() => remove(table, projectId, id)),
    async due(now, limit) {
      const listed = await queryItems(
        table,
        {
          IndexName: 'due',
          KeyConditionExpression: 'x = :shard AND d <= :now',
          ExpressionAttributeValues: { ':shard': { S: dueShard }, ':now': { N: String(now) } },
        },
        limit,
      );
      const domains = (await readListed(table, listed)).filter(({ nextCheckAt }) => nextCheckAt <= now);
      return domains.toSorted((a, b) => a.nextCheckAt - b.nextCheckAt);
    },
  };
}

async function insert(table: DynamodbTable, domain: SenderDomain): Promise<boolean> {
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: itemOf(domain),
      // Under the same id it is this very write, sent twice.
      ConditionExpression: 'attribute_not_exists(pk) OR i = :id',
      ExpressionAttributeValues: { ':id': { S: domain.id } },
    },
  });
  return put.kind === 'written';
}

async function replace(table: DynamodbTable, domain: SenderDomain): Promise<boolean> {
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: itemOf(domain),
      ConditionExpression: 'i = :id AND c <= :checked',
      ExpressionAttributeValues: { ':id': { S: domain.id }, ':checked': { N: String(domain.checkedAt ?? 0) } },
    },
  });
  return put.kind === 'written';
}

async function remove(table: DynamodbTable, projectId: ProjectId, id: DomainId): Promise<boolean> {
  const domain = await find(table, projectId, id);
  if (domain === null) return false;
  const removed = await write(table, {
    kind: 'delete',
    input: {
      Key: itemKey(domain),
      ConditionExpression: 'i = :id',
      ExpressionAttributeValues: { ':id': { S: id } },
    },
  });
  // It was there a moment ago: a delete that was sent twice was refused because the first one took it.
  return removed.kind === 'written' || removed.repeated;
}

// A project has few domains, and few requests name one by its id.
async function find(table: DynamodbTable, projectId: ProjectId, id: DomainId): Promise<SenderDomain | null> {
  const item = (await queryItems(table, ofProject(projectId))).find((one) => textOf(one, 'i') === id);
  return item === undefined ? null : domainIn(item);
}

async function readVerified(table: DynamodbTable, name: string): Promise<readonly SenderDomain[]> {
  const listed = await queryItems(table, {
    IndexName: 'listing',
    KeyConditionExpression: 'l = :verified',
    ExpressionAttributeValues: { ':verified': { S: verifiedList(name) } },
  });
  const domains = await readListed(table, listed);
  return domains.filter(({ status }) => status === 'verified').toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function readListed(table: DynamodbTable, listed: readonly Item[]): Promise<SenderDomain[]> {
  const keys = listed.map((item) => keyOf(textOf(item, 'pk'), textOf(item, 'sk')));
  return (await readItems(table, keys, 'consistent')).map(domainIn);
}

function ofProject(projectId: ProjectId) {
  return {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: `domains#${projectId}` } },
    ConsistentRead: true,
  };
}

function itemKey({ projectId, name }: SenderDomain): Item {
  return keyOf(`domains#${projectId}`, name);
}

function verifiedList(name: string): string {
  return `verified#${name}`;
}

function itemOf(domain: SenderDomain): Item {
  const keys = domain.keys.map((key): StoredKey => {
    return { ...key, sealedPrivateKey: Buffer.from(key.sealedPrivateKey).toString('base64') };
  });
  return {
    ...itemKey(domain),
    i: { S: domain.id },
    c: { N: String(domain.checkedAt ?? 0) },
    x: { S: dueShard },
    d: { N: String(domain.nextCheckAt) },
    ...(domain.status === 'verified' && { l: { S: verifiedList(domain.name) } }),
    j: { S: JSON.stringify({ ...domain, keys } satisfies StoredDomain) },
  };
}

function domainIn(item: Item): SenderDomain {
  const stored = JSON.parse(textOf(item, 'j')) as StoredDomain;
  const keys = stored.keys.map((key): DomainKey => {
    return { ...key, sealedPrivateKey: new Uint8Array(Buffer.from(key.sealedPrivateKey, 'base64')) };
  });
  return { ...stored, keys };
}
