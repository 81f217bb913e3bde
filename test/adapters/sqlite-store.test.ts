import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { openSqliteStore, type SqliteStore } from '../../functions/adapters/sqlite-store.ts';
import { opened, temporaryDirectory, temporaryStore } from './temporary-store.ts';

const disposals: (() => unknown)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

function fresh() {
  const temporary = temporaryStore();
  disposals.push(temporary.dispose);
  return temporary;
}

function emptyDirectory(): string {
  const { directory, dispose } = temporaryDirectory();
  disposals.push(dispose);
  return directory;
}

function insert(store: SqliteStore, key: string, body = 'x'): Promise<unknown> {
  return store.write(() => insertNow(store, key, body));
}

function insertNow(store: SqliteStore, key: string, body = 'x'): string {
  store.statement("INSERT INTO kept_answer VALUES ('p', 'r', ?, 'f', 202, ?, NULL, 0)").run(key, body);
  return key;
}

function keysIn(store: SqliteStore): unknown[] {
  return store
    .statement('SELECT key FROM kept_answer ORDER BY key')
    .all()
    .map((row) => row['key']);
}

// A commit is a frame whose header names the size of the database (https://www.sqlite.org/fileformat2.html#walformat).
function commitsInLog(directory: string): number {
  const log = readFileSync(path.join(directory, 'postern.sqlite-wal'));
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at < log.length; at += frameBytes) if (log.readUInt32BE(at + 4) !== 0) commits++;
  return commits;
}

describe('the embedded store', () => {
  it('commits the writes of one turn together', async () => {
    const { store, directory } = fresh();
    const before = commitsInLog(directory);
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    expect(await Promise.all(keys.map((key) => insert(store, key)))).toEqual(keys);
    expect(commitsInLog(directory)).toBe(before + 1);
    await insert(store, 'later');
    expect(commitsInLog(directory)).toBe(before + 2);
  });

  it('undoes a write that throws and leaves its neighbours alone', async () => {
    const { store } = fresh();
    const bad = store.write(() => {
      insertNow(store, 'half');
      throw new Error('second thoughts');
    });
    const results = await Promise.allSettled([insert(store, 'a'), bad, insert(store, 'a'), insert(store, 'b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    await expect(bad).rejects.toThrow('second thoughts');
    expect(keysIn(store)).toEqual(['a', 'b']);
  });

  it('tells a write and its listeners only when the transaction has ended', async () => {
    const { store } = fresh();
    const seen: string[] = [];
    const unsubscribe = store.afterCommit(() => seen.push('commit'));
    await Promise.all([insert(store, 'a').then(() => seen.push('a')), insert(store, 'b').then(() => seen.push('b'))]);
    expect(seen).toEqual(['commit', 'a', 'b']);
    unsubscribe();
    await insert(store, 'c');
    expect(seen).toHaveLength(3);
  });

  it('refuses while the disk is full, keeps nothing of what it refused, and works again with space (Q19)', async () => {
    const { store } = fresh();
    const pages = Number(store.statement('PRAGMA page_count').get()?.['page_count']);
    store.statement(`PRAGMA max_page_count = ${pages + 2}`).get();
    const large = 'x'.repeat(100_000);
    await expect(insert(store, 'large', large)).rejects.toThrow(/full|space/);
    await expect(store.write(() => [insertNow(store, 'small'), insertNow(store, 'large', large)])).rejects.toThrow(
      /full|space/,
    );
    expect(keysIn(store)).toEqual([]);
    expect(store.failure()).toBeNull();
    store.statement('PRAGMA max_page_count = 100000').get();
    await insert(store, 'large', large);
    expect(keysIn(store)).toEqual(['large']);
  });

  it('stops for good when the storage fails under one write, and takes its neighbours with it (Q19)', async () => {
    const { store } = fresh();
    // As SQLite reports it: the primary code in the low byte (SQLITE_IOERR_READ).
    const bad = store.write(() => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 266 });
    });
    const results = await Promise.allSettled([insert(store, 'a'), bad, insert(store, 'b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(insert(store, 'c')).rejects.toThrow('takes no more writes until Postern is started again');
    expect(store.failure()).not.toBeNull();
    expect(keysIn(store)).toEqual([]);
  });

  it('is readable by its owner only', async () => {
    const directory = path.join(emptyDirectory(), 'a', 'b');
    const store = opened(directory);
    disposals.unshift(() => store.close());
    await insert(store, 'a');
    const mode = (file: string): number => statSync(path.join(directory, file)).mode & 0o777;
    expect([mode('.'), mode('postern.sqlite'), mode('postern.sqlite-wal')]).toEqual([0o700, 0o600, 0o600]);
  });

  it('keeps its rows over a close, which commits what still waits', async () => {
    const directory = emptyDirectory();
    const first = opened(directory);
    const waiting = insert(first, 'a');
    first.close();
    await waiting;
    await expect(insert(first, 'b')).rejects.toThrow('The store is closed.');
    first.close();
    const second = opened(directory);
    expect(keysIn(second)).toEqual(['a']);
    second.close();
  });

  it('moves the log into the database before it grows without end', async () => {
    const { store, directory } = fresh();
    const large = 'x'.repeat(1_000_000);
    for (let count = 0; count < 60; count++) await insert(store, `k${count}`, large);
    expect(statSync(path.join(directory, 'postern.sqlite-wal')).size).toBeLessThan(40_000_000);
    expect(keysIn(store)).toHaveLength(60);
  });

  it('refuses a second opening of the same directory', () => {
    const { directory } = fresh();
    expect(openSqliteStore(directory)).toMatchObject({ kind: 'refused', why: expect.stringContaining('in use') });
  });

  it('refuses a database of a newer version', async () => {
    const directory = emptyDirectory();
    const store = opened(directory);
    store.statement('PRAGMA user_version = 999').get();
    store.close();
    expect(openSqliteStore(directory)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('newer version'),
    });
  });

  it('refuses what is not a database, and what cannot be opened', () => {
    const directory = emptyDirectory();
    writeFileSync(
      path.join(directory, 'postern.sqlite'),
      'not a database, but long enough to be mistaken for one'.repeat(99),
    );
    expect(openSqliteStore(directory)).toMatchObject({ kind: 'refused', why: expect.stringContaining('damaged') });
    const inside = path.join(directory, 'postern.sqlite', 'data');
    expect(openSqliteStore(inside)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('cannot be opened'),
    });
  });

  it('refuses a database with a damaged page (Q20)', async () => {
    const directory = emptyDirectory();
    const store = opened(directory);
    for (let count = 0; count < 200; count++) await insert(store, `k${count}`, 'x'.repeat(500));
    store.close();
    const file = path.join(directory, 'postern.sqlite');
    const bytes = readFileSync(file);
    // From the start of a page, where its header is: what a row holds is not checked.
    const pageBytes = bytes.readUInt16BE(16);
    const start = Math.floor(bytes.length / pageBytes / 2) * pageBytes;
    bytes.fill(0xa5, start, start + 4_096);
    writeFileSync(file, bytes);
    expect(openSqliteStore(directory)).toMatchObject({ kind: 'refused', why: expect.stringContaining('damaged') });
  });
});
