import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { csvRecord, ofCell, readCsv } from '../../../functions/http/suppressions/csv.ts';

const fieldsOf = (text: string) => Array.from(readCsv(text), (record) => (record.ok ? record.fields : record.why));
const cells = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', "'", '=', 'a', ';', '\uff1d'), maxLength: 8 }),
);

describe('CSV', () => {
  it('that was written is read as it was (property)', () => {
    const table = fc.array(fc.array(cells, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(table, (rows) => {
        const read = Array.from(
          readCsv(rows.map(csvRecord).join('')),
          (record) => record.ok && record.fields.map(ofCell),
        );
        expect(read).toEqual(rows);
      }),
    );
  });

  it('is read in the forms that RFC 4180 and its writers have', () => {
    expect(fieldsOf('\ufeffa,b\r\n"c ""d""","e\r\nf"\n\n,\ng')).toEqual([
      ['a', 'b'],
      ['c "d"', 'e\r\nf'],
      ['', ''],
      ['g'],
    ]);
    expect(fieldsOf('')).toEqual([]);
  });

  it('tells the line of what is malformed, and goes on with the next', () => {
    const read = Array.from(readCsv('a\n"b\nc"\nx"y\n"p"q\nr\rs\nd\n"open\n\n'));
    expect(read.map(({ line, ok }) => [line, ok])).toEqual([
      [1, true],
      [2, true],
      [4, false],
      [5, false],
      [6, false],
      [7, true],
      [8, false],
    ]);
  });

  it('ends for any text, however long its quotes are (property)', () => {
    fc.assert(fc.property(fc.oneof(cells, fc.string()), (text) => Array.from(readCsv(text)).length <= text.length));
    for (const text of [`"${'x'.repeat(5_000_000)}"`, `"${'""'.repeat(2_500_000)}`, '"a'.repeat(1_000_000)]) {
      expect(Array.from(readCsv(text))).toHaveLength(1);
    }
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\uff1d1', "'=1", "''@x"])(
    'has nothing that a spreadsheet runs, as %j would be (X30)',
    (text) => {
      const [cell = ''] = fieldsOf(csvRecord([text, '']))[0] ?? [];
      expect(cell).toBe(`'${text}`);
      expect(ofCell(cell)).toBe(text);
    },
  );

  it.each(["'tis", "'", 'a=b', "x'=1"])('leaves %j alone', (text) => {
    expect(fieldsOf(csvRecord([text, '']))[0]).toEqual([text, '']);
    expect(ofCell(text)).toBe(text);
  });
});
