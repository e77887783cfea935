/**
 * The first `most` of them, and how many more there are: "a, b, c and 4 more". What stands apart by more than a comma (clauses, lines) has
 * the rest in its own place: "a; b; and 4 more".
 */
export const few = (all: readonly string[], most: number, separator: ", " | "; " | "\n" = ", "): string => {
  const shown = all.slice(0, most).join(separator);
  const more = all.length - most;
  return more > 0 ? `${shown}${separator === ", " ? " " : separator}and ${more} more` : shown;
};
