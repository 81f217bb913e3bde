import { setImmediate } from 'node:timers/promises';

import type { Suppression } from '../../core/ports/suppressions.ts';
import { csvRecord } from './csv.ts';
import { type ListForm, suppressionColumns } from './suppression-lines.ts';
import { suppressionView } from './suppression-view.ts';

/** A piece of an export, and the canonical address after which it goes on; `null` at its end. */
export type ExportedPiece = { readonly text: string; readonly goesOnAfter: string | null };

const addressesPerPiece = 500;

/**
 * The list from after `after`, in the order of its canonical addresses, a page of the store at a time. Other requests get their
 * turn between them, although a store of this process answers at once. Rejects as `list` does.
 */
export async function* exportSuppressions(
  form: ListForm,
  after: string | null,
  list: (limit: number, after: string | null) => Promise<readonly Suppression[]>,
): AsyncGenerator<ExportedPiece> {
  let place = after;
  let head = headOf(form);
  do {
    const page = await list(addressesPerPiece, place);
    place = page.length < addressesPerPiece ? null : (page.at(-1)?.canonical ?? null);
    yield { text: head + page.map((one) => lineOf(form, one)).join(''), goesOnAfter: place };
    head = '';
    await setImmediate();
  } while (place !== null);
}

function headOf(form: ListForm): string {
  switch (form) {
    case 'csv':
      return csvRecord(suppressionColumns);
    case 'ndjson':
      return '';
  }
}

function lineOf(form: ListForm, suppression: Suppression): string {
  const view = suppressionView(suppression);
  switch (form) {
    case 'csv':
      return csvRecord(suppressionColumns.map((name) => view[name] ?? ''));
    case 'ndjson':
      return `${JSON.stringify(view)}\n`;
  }
}
