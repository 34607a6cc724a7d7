/** The allowed word that is most similar to `word`, or that one of both begins with. Undefined if there is none. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const beginning = allowed.filter((candidate) => begins(word, candidate) || begins(candidate, word));
  if (beginning.length === 1) return beginning[0];
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = allowed
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= limit ? best.candidate : undefined;
}

/** A beginning is at least half of the word: "warn" of "warning", and not "ssl" of "sslidentity". */
function begins(word: string, start: string): boolean {
  return start.length > 2 && start.length * 2 >= word.length && word.toLowerCase().startsWith(start.toLowerCase());
}

/** The fewest insertions, deletions and replacements of one character, and swaps of two neighbours. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          isSwap ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
