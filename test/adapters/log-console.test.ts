import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createConsoleLog } from '../../functions/adapters/log-console.ts';
import type { LogFields } from '../../functions/core/ports/log.ts';

const clock = { now: () => 1_800_000_000_123, sleep: async () => {} };

function logged(isTTY: boolean, event: string, fields?: LogFields): string {
  const written: string[] = [];
  createConsoleLog({ write: (text) => written.push(text), isTTY }, clock).warn(event, fields);
  return written.join('');
}

// The colours of the pretty form are its own; nothing else may begin an escape sequence.
function withoutColours(text: string): string {
  return text.replace(/\x1b\[\d+m/g, '');
}

const controls = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
const nasty = fc.string({
  unit: fc.constantFrom('\n', '\r', '\x1b', '\x9b', '\x7f', '\u2028', '\x00', '"', '=', ' ', 'a'),
});

describe('the console log', () => {
  it('writes one JSON object a line when nobody watches', () => {
    const line = logged(false, 'claim_lost', { delivery: 'em_1.0', attempt: 2, held: true, code: null });
    expect(line).toBe(
      '{"time":"2027-01-15T08:00:00.123Z","level":"warn","event":"claim_lost",' +
        '"delivery":"em_1.0","attempt":2,"held":true,"code":null}\n',
    );
  });

  it('gives back every value from its one line, whatever is in it (X14)', () => {
    fc.assert(
      fc.property(nasty, nasty, (name, value) => {
        const line = logged(false, 'event', { [`x${name}`]: value });
        expect(line.slice(0, -1)).not.toMatch(controls);
        expect((JSON.parse(line) as Record<string, unknown>)[`x${name}`]).toBe(value);
      }),
    );
  });

  it('lets no field pass for the time, level or event', () => {
    const line = logged(false, 'event', { level: 'info', event: 'other', time: 'never' });
    expect(JSON.parse(line)).toEqual({ time: '2027-01-15T08:00:00.123Z', level: 'warn', event: 'event' });
  });

  it('writes aligned and coloured text when a person watches', () => {
    const line = logged(true, 'claim_lost', { delivery: 'em_1.0', why: 'not due', code: null });
    expect(line).toContain('\x1b[33mwarn');
    expect(withoutColours(line)).toBe(
      '08:00:00.123 warn  claim_lost               delivery=em_1.0 why="not due" code=null\n',
    );
  });

  it('lets nothing but its own colours reach a terminal', () => {
    fc.assert(
      fc.property(nasty, nasty, (name, value) => {
        expect(withoutColours(logged(true, 'event', { [name]: value })).slice(0, -1)).not.toMatch(controls);
      }),
    );
  });
});
