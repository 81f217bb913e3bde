import type { Clock } from '../core/ports/clock.ts';
import type { Log, LogFields } from '../core/ports/log.ts';
import { printableJson } from '../core/delivery-log/printable-json.ts';

/** Where lines go: standard output, or whatever stands in for it. */
export type LogStream = { write(text: string): unknown; readonly isTTY?: boolean };

type Level = 'info' | 'warn' | 'error';

const colours: Record<Level, string> = { info: '\x1b[36m', warn: '\x1b[33m', error: '\x1b[31m' };
const dim = '\x1b[2m';
const reset = '\x1b[0m';
const eventWidth = 24;
const timeOfDay = { start: 11, end: 23 };

/** One line an event: JSON, or aligned and coloured text when a person watches. */
export function createConsoleLog(stream: LogStream, clock: Clock): Log {
  const format = stream.isTTY === true ? prettyLine : jsonLine;
  const at =
    (level: Level) =>
    (event: string, fields: LogFields = {}): void => {
      stream.write(`${format(new Date(clock.now()).toISOString(), level, event, fields)}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

// The fixed ones come first to be read first, and last so that no field can pass for them.
function jsonLine(time: string, level: Level, event: string, fields: LogFields): string {
  const fixed = { time, level, event };
  return printableJson({ ...fixed, ...fields, ...fixed });
}

function prettyLine(time: string, level: Level, event: string, fields: LogFields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${dim}${plain(name)}=${reset}${plain(value)}`);
  const clockTime = time.slice(timeOfDay.start, timeOfDay.end);
  const head = `${dim}${clockTime}${reset} ${colours[level]}${level.padEnd(5)}${reset} ${plain(event).padEnd(eventWidth)}`;
  return [head, ...pairs].join(' ').trimEnd();
}

// A word stands as it is; anything else is quoted, so that a value cannot pass for another pair.
function plain(value: LogFields[string]): string {
  if (typeof value === 'string' && /^[\w.:@/+-]+$/.test(value)) return value;
  return printableJson(value);
}
