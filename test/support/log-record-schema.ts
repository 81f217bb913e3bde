import { readFileSync } from 'node:fs';
import path from 'node:path';

import { type JsonSchema, mismatches } from './json-schema.ts';

type Kinds = string | readonly string[];

/** The schema of log records, as it is published. */
export const logRecordSchema = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../docs/log-record.schema.json'), 'utf8'),
) as JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema & { readonly 'x-kinds': Kinds }>> };

const nothings = new Set(['null', 'false', '""', '[]', '{}', '"Uncategorized"']);

/** What a record has that the schema does not allow, and fields with a value that its kind has none of; one sentence each. */
export function recordFaults(record: Readonly<Record<string, unknown>>): string[] {
  const type = String(record['type']);
  const strangers = Object.entries(logRecordSchema.properties).flatMap(([name, { 'x-kinds': kinds }]) => {
    if (typeof kinds === 'string' || kinds.includes(type) || nothings.has(JSON.stringify(record[name]))) return [];
    return [`${name} has no place in ${type}: ${JSON.stringify(record[name])}`];
  });
  return [...mismatches(record, logRecordSchema, {}), ...strangers];
}
