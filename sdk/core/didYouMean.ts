/** `did you mean "x"?` for the known word nearest to what was written, if one is near enough to be a slip. */
export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const text = written.toLowerCase();
  const nearest = known
    .map((word) => ({ word, distance: editDistance(text, word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const slip = nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(nearest.word.length / 3));
  const longer = text.length < 3 ? undefined : known.find((word) => word.toLowerCase().startsWith(text));
  const meant = slip ? nearest.word : longer;
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

/** How many letters to add, take away, change or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          isSwap ? at(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
