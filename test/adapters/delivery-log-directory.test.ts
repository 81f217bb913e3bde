import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import {
  type DeliveryLogDirectory,
  keptDays,
  openDeliveryLogDirectory,
} from '../../functions/adapters/delivery-log-directory.ts';
import type { LogFields } from '../../functions/core/ports/log.ts';
import { temporaryDirectory } from './temporary-store.ts';

const dayMs = 86_400_000;
const noon = Date.parse('2026-11-25T12:00:00Z');

let temporary: ReturnType<typeof temporaryDirectory>;
let directory: string;
let time: number;
let told: string[];
let log: DeliveryLogDirectory;

beforeEach(() => {
  temporary = temporaryDirectory();
  directory = path.join(temporary.directory, 'deliveries');
  time = noon;
  told = [];
});

afterEach(() => temporary.dispose());

const note = (event: string, fields: LogFields = {}): void => {
  told.push(`${event} ${fields['dropped'] ?? ''}`.trim());
};

const clock = { now: () => time, sleep: () => Promise.resolve() };

async function open(): Promise<DeliveryLogDirectory> {
  log = await openDeliveryLogDirectory(directory, { clock, log: { info: note, warn: note, error: note } });
  return log;
}

const file = (day = '2026-11-25'): string => path.join(directory, `deliveries-${day}.ndjson`);

/** Writes are told of nowhere: what `close` waits for is the end of them all, and opening again goes on. */
async function written(...lines: readonly string[]): Promise<void> {
  for (const line of lines) log.write(`${line}\n`);
  await log.close();
}

it('appends lines in order to the file of the day, that nobody else may read', async () => {
  await open();
  await written(...Array.from({ length: 500 }, (_, index) => `{"line":${index}}`));
  expect(readFileSync(file(), 'utf8').split('\n').slice(0, -1)).toEqual(
    Array.from({ length: 500 }, (_, index) => `{"line":${index}}`),
  );
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  await open();
  await written('{"line":500}');
  expect(readFileSync(file(), 'utf8')).toMatch(/\{"line":499\}\n\{"line":500\}\n$/);
});

it('leaves a line that a crash has cut short by itself', async () => {
  await open();
  await written('{"line":1}');
  appendFileSync(file(), '{"line":2');
  await open();
  await written('{"line":3}');
  expect(readFileSync(file(), 'utf8')).toBe('{"line":1}\n{"line":2\n{"line":3}\n');
});

it('begins a file with each UTC day, and removes those that are too old and nothing else', async () => {
  mkdirSync(directory);
  const dayBefore = (days: number): string => new Date(noon - days * dayMs).toISOString().slice(0, 10);
  for (const days of [keptDays - 1, keptDays, keptDays + 1]) writeFileSync(file(dayBefore(days)), '');
  writeFileSync(path.join(directory, 'deliveries-2020-01-01.txt'), '');
  await open();
  expect(existsSync(file(dayBefore(keptDays + 1)))).toBe(false);
  expect(existsSync(file(dayBefore(keptDays)))).toBe(true);
  log.write('{"day":1}\n');
  await log.close();
  time += dayMs / 2;
  await written('{"day":2}');
  expect(readFileSync(file(), 'utf8')).toBe('{"day":1}\n');
  expect(readFileSync(file('2026-11-26'), 'utf8')).toBe('{"day":2}\n');
  expect(existsSync(file(dayBefore(keptDays)))).toBe(false);
  expect(readdirSync(directory)).toContain('deliveries-2020-01-01.txt');
});

it('drops what a full disk does not take, says so once, and once how much it was', async () => {
  mkdirSync(directory);
  symlinkSync('/dev/full', file());
  await open();
  await written('{"line":1}', '{"line":2}');
  await written('{"line":3}');
  expect(told).toEqual(['delivery_log_failed', 'delivery_log_ended 2', 'delivery_log_ended 3']);
  rmSync(file());
  await written('{"line":4}');
  expect(told.slice(3)).toEqual(['delivery_log_recovered 3']);
  expect(readFileSync(file(), 'utf8')).toBe('{"line":4}\n');
});

it('begins its file anew when somebody has removed it, or its directory', async () => {
  await open();
  for (const removed of [file(), directory]) {
    log.write('{"line":1}\n');
    await expect.poll(() => readFileSync(file(), 'utf8')).toBe('{"line":1}\n');
    rmSync(removed, { recursive: true });
  }
  await written('{"line":2}');
  expect(readFileSync(file(), 'utf8')).toBe('{"line":2}\n');
  expect(told).toEqual([]);
});

it('keeps no more than it may of what waits for a slow disk', async () => {
  await open();
  const line = `{"long":"${'x'.repeat(1024 * 1024)}"}`;
  await written(...Array.from({ length: 40 }, () => line));
  const lines = readFileSync(file(), 'utf8').split('\n').length - 1;
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(40);
  expect(told[0]).toBe('delivery_log_failed');
});
