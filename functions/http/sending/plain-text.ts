const control = /[\x00-\x1f\x7f]/;

/** Why a text may not stand in a header field: it holds a C0 control character or DEL, a line end above all. `null` when it may. */
export function problemOfText(text: string): string | null {
  return control.test(text) ? 'Control characters and line breaks are not accepted here.' : null;
}

/** Where a surrogate stands alone, which no UTF-8 can carry (RFC 8259 §8.2): the path to the string or key, or `null`. */
export function pathOfLoneSurrogate(value: unknown): readonly PropertyKey[] | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : [];
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, item] of Object.entries(value)) {
    const inside = key.isWellFormed() ? pathOfLoneSurrogate(item) : [];
    if (inside !== null) return [key, ...inside];
  }
  return null;
}
