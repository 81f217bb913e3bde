import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseStrictJson } from '../../../functions/http/reading/strict-json.ts';

const MiB = 1024 * 1024;

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom('', ' ', '\n\t'), (text, space) => {
        const value: unknown = JSON.parse(text);
        const spaced = space + JSON.stringify(value, null, space) + space;
        fc.pre(!/__proto__|constructor|prototype/.test(text));
        expect(parseStrictJson(spaced)).toEqual({ ok: true, value });
      }),
      { numRuns: 500 },
    );
  });

  it('never takes what JSON.parse refuses, whatever stands there', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"a\\"',
      '1',
      'null',
      ' ',
      '\u0000',
      'é',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        const text = fragments.join('');
        const read = parseStrictJson(text);
        expect(!read.ok || JSON.stringify(read.value) === JSON.stringify(JSON.parse(text))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds a key that stands twice, at any depth and however it is spelled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(20), fc.boolean(), (key, depth, escaped) => {
        fc.pre(!['__proto__', 'constructor', 'prototype'].includes(key) && key.isWellFormed());
        const plain = JSON.stringify(key);
        const other = escaped
          ? `"${Array.from({ length: key.length }, (_, index) => `\\u${key.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`
          : plain;
        const object = `{${plain}:"{,:",${other}:2}`;
        const read = parseStrictJson('['.repeat(depth) + object + ']'.repeat(depth));
        expect(read).toEqual({ ok: false, why: expect.stringContaining('twice') });
      }),
    );
  });

  it('takes the same key in different objects, and keys as values', () => {
    expect(parseStrictJson('[{"a":1},{"a":{"a":["a","a"]}},"a","a"]').ok).toBe(true);
  });

  it.each([
    ['a byte order mark', '\ufeff{}', 'byte order mark'],
    ['33 levels', '['.repeat(33) + ']'.repeat(33), '32 levels'],
    ['10,001 keys', JSON.stringify(Array.from({ length: 10_001 }, () => ({ a: 1 }))), '10000 keys'],
    ['a __proto__ key', '{"metadata":{"__proto__":{"polluted":true}}}', '__proto__'],
    ['an escaped __proto__ key', '{"\\u005f_proto__":1}', '__proto__'],
    ['a constructor key', '{"constructor":{"prototype":{}}}', 'constructor'],
    ['half a document', '{"a":', 'not valid JSON'],
    ['no document', '', 'not valid JSON'],
    ['two documents', '{}{}', 'not valid JSON'],
  ])('refuses %s in one sentence', (_, text, why) => {
    const read = parseStrictJson(text);
    expect(read).toEqual({ ok: false, why: expect.stringContaining(why) });
  });

  it('takes 32 levels and 10,000 keys', () => {
    expect(parseStrictJson('['.repeat(32) + ']'.repeat(32)).ok).toBe(true);
    expect(parseStrictJson(JSON.stringify(Array.from({ length: 10_000 }, () => ({ a: 1 })))).ok).toBe(true);
  });

  it('never repeats the text in a refusal', () => {
    const read = parseStrictJson('{"key": canary-4711}');
    expect(JSON.stringify(read)).not.toContain('canary');
  });

  it('is done with hostile bodies of many megabytes within a second', () => {
    const hostile = [
      `{"a":"${'x'.repeat(20 * MiB)}"}`,
      `{"a":"${'\\"'.repeat(5 * MiB)}"}`,
      `{"a":"${'\\\\'.repeat(5 * MiB)}"}`,
      '['.repeat(20 * MiB),
      '{"a":'.repeat(2 * MiB),
      `{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
      '"'.repeat(10 * MiB),
    ];
    for (const text of hostile) {
      const start = process.cpuUsage();
      parseStrictJson(text);
      const { user } = process.cpuUsage(start);
      expect(user / 1_000).toBeLessThan(1_000);
    }
  });
});
