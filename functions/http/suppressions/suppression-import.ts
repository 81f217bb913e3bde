import { setImmediate } from 'node:timers/promises';

import type { ProjectId } from '../../core/ids.ts';
import type { Suppression, SuppressionReason, Suppressions } from '../../core/ports/suppressions.ts';
import { fromStore } from '../from-store.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import type { FieldError } from '../problem.ts';
import { readSuppression, type SuppressionResult } from './read-suppression.ts';
import { requestLimits } from '../request-limits.ts';
import { type ListForm, readSuppressionLines, type SuppressionLine } from './suppression-lines.ts';

/** What is to be imported, and under which terms. */
export type SuppressionImport = {
  readonly text: string;
  readonly form: ListForm;
  readonly projectId: ProjectId;
  readonly mode: 'atomic' | 'partial';
  /** Of lines that name none. */
  readonly reason: SuppressionReason;
  readonly mostLines: number;
  readonly now: number;
};

/** `refused`: nothing was added. `errors` are those of the first lines that are refused, as many as a problem shows. */
export type ImportResult =
  | {
      readonly kind: 'imported';
      readonly added: number;
      readonly present: number;
      readonly refused: number;
      readonly errors: readonly FieldError[];
    }
  | { readonly kind: 'refused'; readonly errors: readonly FieldError[] };

type Survey = { readonly lines: number; readonly refused: number; readonly errors: readonly FieldError[] };

/** Lines are read, and addresses added, so many at a time, a few milliseconds of work; others get their turn between them. */
const linesPerTurn = 500;

/**
 * Reads the whole list first, and then once more to add what is good of it, so that it is never in memory in its parts. In
 * `atomic` mode one line that is refused refuses all. A store that fails midway leaves what it has: sent again, the list is
 * completed. Rejects as `fromStore` does.
 */
export async function importSuppressions(
  list: SuppressionImport,
  { suppressions }: { readonly suppressions: Pick<Suppressions, 'add'> },
): Promise<ImportResult> {
  const { lines, refused, errors } = await survey(list);
  if (lines > list.mostLines)
    return whole('too_big', `A list has at most ${list.mostLines} addresses here: send it in parts.`);
  if (list.mode === 'atomic' && refused > 0) return { kind: 'refused', errors };
  let added = 0;
  for await (const good of goodOnes(list)) {
    const standing = await fromStore(() => suppressions.add(good, list.now));
    added += standing.filter((one) => one.added).length;
  }
  return { kind: 'imported', added, present: lines - refused - added, refused, errors };
}

// It looks no further than its outcome is open.
async function survey(list: SuppressionImport): Promise<Survey> {
  const errors: FieldError[] = [];
  let refused = 0;
  let lines = 0;
  for (const line of readSuppressionLines(list.text, list.form)) {
    lines += 1;
    const result = suppressionOf(line, list);
    if (!result.ok) {
      refused += 1;
      errors.push(...result.errors.slice(0, requestLimits.errorsListed - errors.length));
    }
    const isDecided = list.mode === 'atomic' && errors.length >= requestLimits.errorsListed;
    if (isDecided || lines > list.mostLines) break;
    if (lines % linesPerTurn === 0) await setImmediate();
  }
  return { lines, refused, errors };
}

async function* goodOnes(list: SuppressionImport): AsyncGenerator<readonly Suppression[]> {
  let good: Suppression[] = [];
  let lines = 0;
  for (const line of readSuppressionLines(list.text, list.form)) {
    const result = suppressionOf(line, list);
    if (result.ok) good.push(result.suppression);
    if (++lines % linesPerTurn > 0) continue;
    if (good.length > 0) yield good;
    good = [];
    await setImmediate();
  }
  if (good.length > 0) yield good;
}

function suppressionOf(line: SuppressionLine, { projectId, reason, now }: SuppressionImport): SuppressionResult {
  if (!line.ok) return line;
  const { created_at: createdText, ...request } = line.request;
  const pointer = jsonPointer([line.line]);
  const read = readSuppression({ ...request, reason: request.reason ?? reason }, pointer, projectId, now);
  const createdAt = typeof createdText === 'string' ? Date.parse(createdText) : now;
  if (createdAt > now) {
    const ahead = { pointer: `${pointer}/created_at`, code: 'too_big', detail: 'created_at does not lie ahead.' };
    return { ok: false, errors: [...(read.ok ? [] : read.errors), ahead] };
  }
  return read.ok ? { ok: true, suppression: { ...read.suppression, createdAt } } : read;
}

function whole(code: string, detail: string): ImportResult {
  return { kind: 'refused', errors: [{ pointer: '', code, detail }] };
}
