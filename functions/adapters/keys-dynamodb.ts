import { timingSafeEqual } from 'node:crypto';

import type { KeyId, ProjectId } from '../core/ids.ts';
import { bootstrapKeyId, newKeyId } from '../core/keys/key-id.ts';
import { allRights, keyDigest, keyIdIn, newKeyText } from '../core/keys/key-text.ts';
import type { ApiKey, Keys } from '../core/ports/keys.ts';
import type { Random } from '../core/ports/random.ts';
import { defaultProjectId } from '../core/keys/project-name.ts';
import { queryItems, readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { putUnderCondition } from './dynamodb-put.ts';
import { readItems } from './dynamodb-read-items.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

export type DynamodbKeys = Keys & {
  /**
   * Makes sure that there is a bootstrap key: `configured` if given, which replaces the one before; else the one that is
   * stored; else a new one, which is answered here and can never be read again.
   */
  ensureBootstrapKey(configured: string | null, now: number): Promise<{ readonly generated: string | null }>;
};

const prefix = 'key#';
const noDigest = new Uint8Array(32);

/**
 * API keys in DynamoDB. A created key carries its id, by which its item is found, in one read; the bootstrap key may be any
 * text, so it is looked at when that fails. Nothing is remembered, so that a revocation holds for every process at once; only
 * lists may lag behind by a moment.
 */
export function createDynamodbKeys(table: DynamodbTable, random: Random): DynamodbKeys {
  return {
    async authenticate(key) {
      const presented = keyDigest(key);
      const named = keyIdIn(key);
      const item = named === null ? null : await readItem(table, itemKey(named));
      // Whether there is a key of this id makes no difference in time to whoever guesses.
      if (timingSafeEqual(digestIn(item), presented) && item !== null) {
        const { name: _name, createdAt: _createdAt, ...principal } = apiKeyIn(item);
        return principal;
      }
      const bootstrap = await readItem(table, itemKey(bootstrapKeyId));
      if (!timingSafeEqual(digestIn(bootstrap), presented)) return null;
      return { ...allRights, projectId: defaultProjectId, keyId: bootstrapKeyId };
    },
    async create({ projectId, name, ...rights }, now) {
      const keyId = newKeyId(now, random);
      const key = newKeyText(keyId, random);
      const record = { ...rights, name, createdAt: now };
      await write(table, { kind: 'put', input: { Item: itemOf(keyId, projectId, key, record) } });
      return { record: { ...record, projectId, keyId }, key };
    },
    async list(projectId) {
      const listed = await queryItems(table, {
        IndexName: 'listing',
        KeyConditionExpression: 'l = :keys',
        ExpressionAttributeValues: { ':keys': { S: listOf(projectId) } },
      });
      const keys = listed.map((item) => keyOf(textOf(item, 'pk')));
      const items = await readItems(table, keys, 'consistent');
      return items.map(apiKeyIn).toSorted(newestFirst);
    },
    async find(projectId, id) {
      const item = await readItem(table, itemKey(id));
      const found = item === null ? null : apiKeyIn(item);
      return found?.projectId === projectId ? found : null;
    },
    async revoke(projectId, id) {
      if (id === bootstrapKeyId) return false;
      const removed = await write(table, {
        kind: 'delete',
        input: {
          Key: itemKey(id),
          ConditionExpression: 'l = :keys',
          ExpressionAttributeValues: { ':keys': { S: listOf(projectId) } },
        },
      });
      // A key that is gone after a delete that was sent twice was taken by the first.
      return removed.kind === 'written' || (removed.repeated && (await readItem(table, itemKey(id))) === null);
    },
    ensureBootstrapKey: (configured, now) => ensureBootstrap(table, configured, newKeyText(null, random), now),
  };
}

async function ensureBootstrap(
  table: DynamodbTable,
  configured: string | null,
  candidate: string,
  now: number,
): Promise<{ readonly generated: string | null }> {
  const record = { ...allRights, name: 'Bootstrap key', createdAt: now };
  const Item = itemOf(bootstrapKeyId, defaultProjectId, configured ?? candidate, record);
  // Of several processes that start at once, one makes the key.
  const ConditionExpression = configured === null ? 'attribute_not_exists(pk)' : 'attribute_not_exists(pk) OR h <> :h';
  const ExpressionAttributeValues = configured === null || Item['h'] === undefined ? undefined : { ':h': Item['h'] };
  const put = await putUnderCondition(table, Item, { ConditionExpression, ExpressionAttributeValues });
  return { generated: configured === null && put === 'written' ? candidate : null };
}

function itemKey(id: KeyId): Item {
  return keyOf(`${prefix}${id}`);
}

function listOf(projectId: ProjectId): string {
  return `keys#${projectId}`;
}

function itemOf(id: KeyId, projectId: ProjectId, key: string, record: object): Item {
  return {
    ...itemKey(id),
    l: { S: listOf(projectId) },
    h: { B: keyDigest(key) },
    j: { S: JSON.stringify(record) },
  };
}

function digestIn(item: Item | null): Uint8Array {
  return item?.['h']?.B ?? noDigest;
}

function apiKeyIn(item: Item): ApiKey {
  const keyId = textOf(item, 'pk').slice(prefix.length) as KeyId;
  const projectId = textOf(item, 'l').slice('keys#'.length) as ProjectId;
  const kept = JSON.parse(textOf(item, 'j')) as Omit<ApiKey, 'keyId' | 'projectId'>;
  // Rights that were unknown when the bootstrap key was stored are its own too.
  return { ...kept, ...(keyId === bootstrapKeyId ? allRights : {}), keyId, projectId };
}

function newestFirst({ keyId: a }: ApiKey, { keyId: b }: ApiKey): number {
  if (a === bootstrapKeyId || b === bootstrapKeyId) return a === bootstrapKeyId ? 1 : -1;
  return a < b ? 1 : -1;
}
