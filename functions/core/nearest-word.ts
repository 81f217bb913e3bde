const longestCompared = 64;

/**
 * The known word that somebody who wrote `word` most likely meant, or `null` when none is near: at most a third of the
 * letters differ (Levenshtein, whatever the case). For "did you mean" in refusals.
 */
export function nearestWord(word: string, known: readonly string[]): string | null {
  if (word.length > longestCompared) return null;
  const wanted = word.toLowerCase();
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const inserted = (current[column - 1] ?? 0) + 1;
      const deleted = (previous[column] ?? 0) + 1;
      current.push(Math.min(substituted, inserted, deleted));
    }
    previous = current;
  }
  return previous[right.length] ?? left.length;
}
