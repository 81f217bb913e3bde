import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { spanOf, utcDayOf } from '../core/tls/utc-day.ts';

/** Lines into files of a directory, until it is closed. */
export type DeliveryLogDirectory = {
  /** Returns at once and never throws. */
  write(line: string): void;
  /** Resolves when all that was taken is written, or has failed. */
  close(): Promise<void>;
};

type Ambient = { readonly clock: Clock; readonly log: Log };
type File = { readonly day: string; readonly handle: FileHandle; readonly endsInLine: boolean };

/** For how many days a file is kept after its own. */
export const keptDays = 30;
/** What waits for a slow disk; more is dropped. */
const mostPendingCharacters = 16 * 1024 * 1024;
const dayMs = 24 * 60 * 60_000;
const fileName = /^deliveries-(\d{4}-\d{2}-\d{2})\.ndjson$/;

/**
 * Appends lines to `deliveries-<UTC day>.ndjson` in a directory, which is made if need be, readable to nobody else. Not fsynced:
 * after a power failure the last lines may be missing, and one torn. What cannot be written is dropped and counted, told of once
 * when it begins and once when it is over. Files are removed `keptDays` after their day. Rejects with an Error of one sentence
 * when the directory cannot be written at the start.
 */
export async function openDeliveryLogDirectory(directory: string, ambient: Ambient): Promise<DeliveryLogDirectory> {
  const writer = new Writer(directory, ambient);
  try {
    await writer.open();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`POSTERN_DELIVERY_LOG is ${JSON.stringify(directory)}, which cannot be written: ${why}.`, {
      cause: error,
    });
  }
  return { write: (line) => writer.write(line), close: () => writer.close() };
}

class Writer {
  readonly #directory: string;
  readonly #ambient: Ambient;
  #file: File | null = null;
  #pending: string[] = [];
  #pendingCharacters = 0;
  #dropped = 0;
  #isTold = false;
  #writing: Promise<void> | null = null;

  constructor(directory: string, ambient: Ambient) {
    this.#directory = directory;
    this.#ambient = ambient;
  }

  write(line: string): void {
    if (this.#pendingCharacters + line.length > mostPendingCharacters) {
      this.#drop(1, 'the disk is slower than the log');
      return;
    }
    this.#pending.push(line);
    this.#pendingCharacters += line.length;
    this.#writing ??= this.#drain().finally(() => (this.#writing = null));
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.handle.close();
    this.#file = null;
    if (this.#isTold) this.#ambient.log.error('delivery_log_ended', { dropped: this.#dropped });
  }

  /** The file of this day, opened when the day before is over, or its file has failed or was removed. */
  async open(): Promise<File> {
    const day = utcDayOf(this.#ambient.clock.now());
    const isThere = this.#file !== null && (await this.#file.handle.stat()).nlink > 0;
    if (isThere && this.#file?.day === day) return this.#file;
    await this.#abandon();
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const handle = await open(path.join(this.#directory, `deliveries-${day}.ndjson`), 'a+', 0o600);
    this.#file = { day, handle, endsInLine: await endsInLine(handle) };
    await removeBefore(this.#directory, spanOf(day).begin - keptDays * dayMs);
    return this.#file;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      this.#pendingCharacters = 0;
      try {
        const file = await this.open();
        // A line that was cut short stands by itself: nothing that is whole is lost with it.
        await file.handle.appendFile(`${file.endsInLine ? '' : '\n'}${lines.join('')}`);
        this.#file = { ...file, endsInLine: true };
        this.#recovered();
      } catch (error) {
        this.#drop(lines.length, error instanceof Error ? error.message : String(error));
        await this.#abandon();
      }
    }
  }

  #drop(lines: number, why: string): void {
    this.#dropped += lines;
    if (!this.#isTold) this.#ambient.log.error('delivery_log_failed', { why });
    this.#isTold = true;
  }

  #recovered(): void {
    if (!this.#isTold) return;
    this.#ambient.log.warn('delivery_log_recovered', { dropped: this.#dropped });
    this.#isTold = false;
    this.#dropped = 0;
  }

  async #abandon(): Promise<void> {
    const handle = this.#file?.handle;
    this.#file = null;
    await handle?.close().catch(() => undefined);
  }
}

async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

async function removeBefore(directory: string, oldest: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const day = fileName.exec(name)?.[1];
    if (day !== undefined && spanOf(day).end <= oldest) await rm(path.join(directory, name), { force: true });
  }
}
