const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
};

/** "; did you mean a, b?" for a misspelt name (Levenshtein distance, or one containing the other), else nothing. */
export const nearest = (name: string, known: readonly string[]): string => {
  const close = known
    .map((candidate) => ({
      candidate,
      score: candidate.includes(name) && name.length > 2 ? 1 : distance(name, candidate),
    }))
    .filter(({ candidate, score }) => score <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
  return close.length === 0 ? "" : `; did you mean ${close.join(", ")}?`;
};
