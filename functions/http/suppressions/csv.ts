/** A record of a CSV text, at the line on which it begins (from 1); or why there is none, in one sentence. */
export type CsvRecord =
  | { readonly line: number; readonly ok: true; readonly fields: readonly string[] }
  | { readonly line: number; readonly ok: false; readonly why: string };

// A cell that begins so is a formula to Excel, LibreOffice and Google Sheets; the wide forms too, in some languages.
const formula = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const needsQuotes = /[",;\t\r\n]|^\s|\s$/;
const endOfPlainField = /[",\r\n]|$/g;

/**
 * Reads CSV as RFC 4180 has it, with line ends of CRLF or LF and a byte order mark or none; lines that are empty are left out.
 * A quote stands around a whole field or nowhere. A record that is malformed is told, and reading goes on with the next line;
 * a quote that is never closed ends it.
 */
export function* readCsv(text: string): Generator<CsvRecord> {
  let place = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 1; place < text.length;) {
    const read = readRecord(text, place);
    if (!read.ok || read.fields.length > 1 || read.fields[0] !== '') {
      yield read.ok ? { line, ok: true, fields: read.fields } : { line, ok: false, why: read.why };
    }
    line += lineEndsIn(text, place, read.end);
    place = read.end;
  }
}

/** A record with its CRLF; what a spreadsheet would take for a formula begins with an apostrophe, which `ofCell` takes off. */
export function csvRecord(fields: readonly string[]): string {
  return `${fields.map((field) => quoted(formula.test(field) ? `'${field}` : field)).join(',')}\r\n`;
}

/** The text of a cell that `csvRecord` has written. */
export function ofCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

function quoted(field: string): string {
  return needsQuotes.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

type ReadRecord = { readonly end: number } & (
  | { readonly ok: true; readonly fields: readonly string[] }
  | { readonly ok: false; readonly why: string }
);

function readRecord(text: string, start: number): ReadRecord {
  const fields: string[] = [];
  for (let place = start; ;) {
    const field = text[place] === '"' ? quotedField(text, place) : plainField(text, place);
    if (field === null) return { ok: false, why: 'A quote is opened and never closed.', end: text.length };
    fields.push(field.value);
    place = field.end;
    const lineEnd = lengthOfLineEnd(text, place);
    if (lineEnd !== null) return { ok: true, fields, end: place + lineEnd };
    if (text[place] !== ',') {
      const why = 'A quote stands around a whole field, and is written twice inside it; lines end in CRLF or LF.';
      return { ok: false, why, end: startOfNextLine(text, place) };
    }
    place += 1;
  }
}

type Field = { readonly value: string; readonly end: number };

function plainField(text: string, start: number): Field {
  endOfPlainField.lastIndex = start;
  const end = endOfPlainField.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

// From quote to quote, for a pattern would keep a place to go back to for each character of a field of megabytes.
function quotedField(text: string, start: number): Field | null {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 2)) {
    if (text[quote + 1] !== '"') return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
  }
  return null;
}

// `null` where the line goes on; its end is that of the text too.
function lengthOfLineEnd(text: string, place: number): number | null {
  if (place >= text.length) return 0;
  if (text[place] === '\n') return 1;
  return text[place] === '\r' && text[place + 1] === '\n' ? 2 : null;
}

function startOfNextLine(text: string, place: number): number {
  const end = text.indexOf('\n', place);
  return end === -1 ? text.length : end + 1;
}

function lineEndsIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let place = text.indexOf('\n', start); place !== -1 && place < end; place = text.indexOf('\n', place + 1)) {
    count += 1;
  }
  return count;
}
