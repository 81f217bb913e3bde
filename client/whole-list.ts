/** One answer of an export, and the `after` of the next one; `null` at the end of the list. */
export type ListPart = { readonly text: string; readonly after: string | null };

/** Asks for part after part, and makes one list of them; of CSV, the names of the columns stand at its head only. */
export async function wholeList(
  ask: (after: string | undefined) => Promise<ListPart>,
  type: 'text/csv' | 'application/x-ndjson',
): Promise<string> {
  const first = await ask(undefined);
  let { text, after } = first;
  while (after !== null) {
    const next: ListPart = await ask(after);
    text += type === 'text/csv' ? next.text.slice(next.text.indexOf('\n') + 1) : next.text;
    after = next.after;
  }
  return text;
}

/** The `after` of a Link to what is next (RFC 8288 section 3); `null` when there is none. */
export function afterIn(link: string | null): string | null {
  return /[?&]after=([\w-]+)>; rel="next"/.exec(link ?? '')?.[1] ?? null;
}
