import { type CsvRecord, ofCell, readCsv } from './csv.ts';
import { fieldErrors } from '../field-errors.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import { pathOfLoneSurrogate } from '../sending/plain-text.ts';
import type { FieldError } from '../problem.ts';
import { parseStrictJson } from '../reading/strict-json.ts';
import { type ImportedSuppression, importedSuppressionSchema } from './suppression-schema.ts';

/** How a list of suppressions is written. */
export type ListForm = 'csv' | 'ndjson';

/** One suppression of a list, or what is wrong with it; pointers begin with the number of its line, from 1. */
export type SuppressionLine =
  | { readonly line: number; readonly ok: true; readonly request: ImportedSuppression }
  | { readonly line: number; readonly ok: false; readonly errors: readonly FieldError[] };

type Columns =
  | { readonly ok: true; readonly names: readonly string[]; readonly isHeader: boolean }
  | { readonly ok: false; readonly why: string };

/** The columns of a list in CSV, in the order in which an export has them. */
export const suppressionColumns = ['email', 'reason', 'note', 'created_at', 'expires_at'] as const;

/**
 * Reads a list line by line, so that no more than one line of it is there a second time. In CSV the first line names the columns,
 * or every line is one address alone; a cell that is empty says nothing.
 */
export function* readSuppressionLines(text: string, form: ListForm): Generator<SuppressionLine> {
  switch (form) {
    case 'csv':
      yield* readRecords(readCsv(text));
      return;
    case 'ndjson':
      yield* readJsonLines(text);
      return;
  }
}

function* readRecords(records: Generator<CsvRecord>): Generator<SuppressionLine> {
  let names: readonly string[] | null = null;
  for (const record of records) {
    if (!record.ok) {
      yield refused(record.line, record.why);
      continue;
    }
    const { line, fields } = record;
    if (names === null) {
      const columns = columnsIn(fields);
      if (!columns.ok) {
        yield refused(line, columns.why);
        return;
      }
      names = columns.names;
      if (columns.isHeader) continue;
    }
    yield fields.length === names.length
      ? checked(line, requestIn(names, fields))
      : refused(line, `The line has ${fields.length} fields, and there are ${names.length} columns.`);
  }
}

function columnsIn(fields: readonly string[]): Columns {
  if (fields.length === 1 && fields[0]?.includes('@') === true) return { ok: true, names: ['email'], isHeader: false };
  const names = fields.map((field) => field.toLowerCase()).map((name) => (name === 'address' ? 'email' : name));
  const unknown = fields.find((_, index) => !(suppressionColumns as readonly string[]).includes(names[index] ?? ''));
  const accepted = `the first line names columns (${suppressionColumns.join(', ')}), or every line is one address alone`;
  if (unknown !== undefined)
    return { ok: false, why: `${JSON.stringify(unknown.slice(0, 64))} is no column: ${accepted}.` };
  if (!names.includes('email')) return { ok: false, why: `There is no column email: ${accepted}.` };
  if (new Set(names).size < names.length) return { ok: false, why: 'A column is named twice.' };
  return { ok: true, names, isHeader: true };
}

function requestIn(names: readonly string[], fields: readonly string[]): Readonly<Record<string, string>> {
  const cells = names.map((name, index): [string, string] => [name, ofCell(fields[index] ?? '')]);
  // The address has to be there; what else is empty is not.
  return Object.fromEntries(cells.filter(([name, value]) => name === 'email' || value !== ''));
}

function* readJsonLines(text: string): Generator<SuppressionLine> {
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const end = text.indexOf('\n', start);
    const whole = text.slice(start, end === -1 ? text.length : end);
    start = end === -1 ? text.length : end + 1;
    if (whole.trim() === '') continue;
    const parsed = parseStrictJson(whole);
    if (!parsed.ok) yield refused(line, parsed.why.replace('The body', 'The line'));
    else if (pathOfLoneSurrogate(parsed.value) !== null)
      yield refused(line, 'The line has half of a surrogate pair, which is no character.');
    else yield checked(line, parsed.value);
  }
}

function checked(line: number, value: unknown): SuppressionLine {
  const parsed = importedSuppressionSchema().safeParse(value);
  return parsed.success
    ? { line, ok: true, request: parsed.data }
    : { line, ok: false, errors: fieldErrors(parsed.error.issues, value).map((error) => at(line, error)) };
}

function at(line: number, error: FieldError): FieldError {
  return { ...error, pointer: jsonPointer([line]) + error.pointer };
}

function refused(line: number, detail: string): SuppressionLine {
  return { line, ok: false, errors: [{ pointer: jsonPointer([line]), code: 'invalid_line', detail }] };
}
