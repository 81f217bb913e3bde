import { appendFileSync, cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { createSqliteContentStore } from '../../functions/adapters/content-sqlite.ts';
import { createSqliteLedger, recoverAbandoned, recoverJobless } from '../../functions/adapters/ledger-sqlite.ts';
import { openSqliteStore, type SqliteStore } from '../../functions/adapters/sqlite-store.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { admissionOf, now, project } from '../contract/samples.ts';
import { printed, startStoreProcess } from './store-process.ts';
import { opened, temporaryDirectory } from './temporary-store.ts';

const disposals: (() => unknown)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).toReversed()) await dispose();
});

function emptyDirectory(): string {
  const { directory, dispose } = temporaryDirectory();
  disposals.push(dispose);
  return directory;
}

function started(...order: Parameters<typeof startStoreProcess>) {
  const process = startStoreProcess(...order);
  disposals.push(() => process.kill());
  return process;
}

async function missing(store: SqliteStore, accepted: readonly { id: string; size: number }[]): Promise<string[]> {
  const [ledger, contents] = [createSqliteLedger(store), createSqliteContentStore(store)];
  const lost: string[] = [];
  for (const { id, size } of accepted) {
    const found = await ledger.find(project, id as EmailId);
    const content = await contents.open(id as EmailId);
    if (found?.deliveries.length !== 1 || content?.sizeBytes !== size) lost.push(id);
  }
  return lost;
}

// The header of a frame, and its page.
const frameBytes = 24 + 8_192;

// Any bit; a third of them in the header of the log, and a third in its last frames.
function bitOf(log: Buffer): fc.Arbitrary<number> {
  const bits = log.length * 8;
  return fc.oneof(
    fc.nat(bits - 1),
    fc.nat(32 * 8 - 1),
    fc.nat(frameBytes * 8 - 1).map((bit) => bits - 1 - bit),
  );
}

function count(store: SqliteStore, table: string): number {
  return Number(store.statement(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

describe('the embedded store after a crash', () => {
  it('has every acknowledged email, with its job and content, after kill -9 (Q01)', async () => {
    const directory = emptyDirectory();
    const process = started(directory);
    await process.waitFor(/^accepted/, 300);
    await process.kill();
    const store = opened(directory);
    disposals.push(() => store.close());
    const accepted = printed(process, 'accepted');
    expect(accepted.length).toBeGreaterThanOrEqual(300);
    expect(await missing(store, accepted)).toEqual([]);
    expect([count(store, 'job'), count(store, 'delivery')]).toEqual([count(store, 'email'), count(store, 'email')]);
  });

  it('is refused to a second process while the first one lives, and free once that is killed (Q22)', async () => {
    const directory = emptyDirectory();
    const first = started(directory, 'hold');
    await first.waitFor(/^open$/);
    const second = started(directory, 'hold');
    await second.waitFor(/is in use by another process; stop that one first/);
    expect(second.lines).toHaveLength(1);
    await first.kill();
    const third = started(directory, 'hold');
    await third.waitFor(/^open$/);
  });

  it('loses no acknowledged email to a torn tail, whatever stands there (Q20)', async () => {
    const directory = emptyDirectory();
    const store = opened(directory);
    disposals.push(() => store.close());
    const log = path.join(directory, 'postern.sqlite-wal');
    const admissions = createSqliteAdmissions(store);
    const accepted = await admitted(20);
    const acknowledgedBytes = statSync(log).size;
    await admitted(1);
    const fullBytes = statSync(log).size;
    const tails = [acknowledgedBytes, acknowledgedBytes + 1, acknowledgedBytes + 24, fullBytes - 1];
    for (const [index, tail] of [...tails, acknowledgedBytes + 9_000].entries()) {
      const copy = path.join(emptyDirectory(), String(index));
      cpSync(directory, copy, { recursive: true });
      const torn = path.join(copy, 'postern.sqlite-wal');
      truncateSync(torn, tail);
      appendFileSync(torn, index % 2 === 0 ? readFileSync(log).subarray(32, 9_000) : Buffer.alloc(30_000, 0x5a));
      const reopened = opened(copy);
      expect(await missing(reopened, accepted)).toEqual([]);
      expect(count(reopened, 'email')).toBe(20);
      reopened.close();
    }

    async function admitted(number: number): Promise<{ id: string; size: number }[]> {
      const samples = Array.from({ length: number }, () => admissionOf());
      for (const sample of samples) await admissions.admit([sample], [], now);
      return samples.map(({ email }) => ({ id: email.id, size: email.content.sizeBytes }));
    }
  });

  it('is refused, or has every acknowledged email, after any bit of its log was flipped (Q20)', async () => {
    const directory = emptyDirectory();
    const store = opened(directory);
    disposals.push(() => store.close());
    const samples = Array.from({ length: 6 }, () => admissionOf());
    for (const sample of samples) await createSqliteAdmissions(store).admit([sample], [], now);
    const accepted = samples.map(({ email }) => ({ id: email.id, size: email.content.sizeBytes }));
    const log = readFileSync(path.join(directory, 'postern.sqlite-wal'));
    const copy = path.join(emptyDirectory(), 'copy');
    const verdicts: string[] = [];
    await fc.assert(
      fc.asyncProperty(bitOf(log), async (bit) => {
        const damaged = Buffer.from(log);
        damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        cpSync(directory, copy, { recursive: true });
        writeFileSync(path.join(copy, 'postern.sqlite-wal'), damaged);
        const result = openSqliteStore(copy);
        const verdict = result.kind === 'refused' ? result.why : await missing(result.store, accepted);
        if (result.kind === 'open') result.store.close();
        verdicts.push(result.kind);
        expect([[], expect.stringContaining('is damaged')]).toContainEqual(verdict);
      }),
      // Always among them: a bit of the salt in the very last frame, which makes it look like one of an older log.
      { numRuns: 60, examples: [[(log.length - frameBytes + 8) * 8]] },
    );
    expect(verdicts).toContain('refused');
  });

  it('takes no more writes after an error of the disk, and starts again with what it acknowledged (Q19)', async () => {
    const directory = emptyDirectory();
    // Beyond this size a write to a file fails with EFBIG, which SQLite reports as an I/O error (blocks of 512 bytes).
    const process = started(directory, 'admit', { prefix: 'ulimit -f 4096; exec "$@"' });
    await process.waitFor(/^refused .*The store has failed and takes no more writes/, 20);
    await process.kill();
    const [accepted, refused] = [printed(process, 'accepted'), printed(process, 'refused')];
    const store = opened(directory);
    disposals.push(() => store.close());
    expect(accepted.length).toBeGreaterThan(0);
    expect(await missing(store, accepted)).toEqual([]);
    expect(await missing(store, refused)).toHaveLength(refused.length);
    const lastAccepted = process.lines.findLastIndex((line) => line.startsWith('accepted'));
    expect(process.lines.findIndex((line) => line.startsWith('refused'))).toBeGreaterThan(lastAccepted);
  });

  it('puts what the process was sending before the sweep at once', async () => {
    const directory = emptyDirectory();
    const process = started(directory, 'claim');
    await process.waitFor(/^accepted/, 20);
    await process.kill();
    const store = opened(directory);
    disposals.push(() => store.close());
    const ledger = createSqliteLedger(store);
    const inSending = (): number =>
      Number(store.statement("SELECT count(*) AS n FROM delivery WHERE state = 'sending'").get()?.['n']);
    const sending = inSending();
    expect(sending).toBeGreaterThanOrEqual(20);
    expect((await ledger.due(now + 1, 1_000)).filter(({ delivery }) => delivery.state === 'sending')).toEqual([]);
    expect(await recoverAbandoned(store, now + 1)).toBe(sending);
    const due = await ledger.due(now + 1, 100_000);
    expect(due.filter(({ delivery }) => delivery.state === 'sending')).toHaveLength(sending);
    expect(inSending()).toBe(sending);
    expect(await recoverAbandoned(store, now + 1)).toBe(0);
  });

  it('puts a delivery whose job never came to the disk before the sweep at once, and no other', async () => {
    const store = opened(emptyDirectory());
    disposals.push(() => store.close());
    const [withJob, without, scheduled] = [
      admissionOf(),
      admissionOf(),
      admissionOf(['one.example'], { delivery: { state: 'scheduled' } }),
    ];
    await createSqliteAdmissions(store).admit([withJob, without, scheduled], [], now);
    store.statement("DELETE FROM job WHERE json_extract(body, '$.emailId') = ?").run(without.email.id);
    store.statement("INSERT INTO job (body) VALUES ('not JSON'), ('{}')").run();
    expect(await recoverJobless(store, now + 1)).toBe(1);
    const due = await createSqliteLedger(store).due(now + 1, 10);
    expect(due.map(({ email }) => email.id)).toEqual([without.email.id]);
    expect(await recoverJobless(store, now + 1)).toBe(0);
  });
});
