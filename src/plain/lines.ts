/**
 * A paragraph that is wrapped between words; a line that is kept as it is, because it will be copied: a command; or a line whose
 * spaces count and that may be folded at one of them: a file's.
 */
export type Line = string | { readonly verbatim: string } | { readonly folded: string };

export const verbatim = (text: string): Line => ({ verbatim: text });
export const folded = (text: string): Line => ({ folded: text });

/** What stands before the words of a paragraph and is matched by spaces in its further rows: "  12. [x] ", "  - ". */
const lead = /^ *(?:\d+\. |- )?(?:\[[x ]\] )?/u;

/** Rows of at most `columns` characters. A word is never broken: one that is longer than a row has a row of its own. */
export const wrap = (text: string, columns: number): readonly string[] => {
  const first = lead.exec(text)?.[0] ?? "";
  const hang = " ".repeat(Math.min(first.length, Math.floor(columns / 2)));
  const rows: string[] = [];
  let row = first;
  let isEmpty = true;
  for (const word of text.slice(first.length).split(/ +/u)) {
    if (word === "") continue;
    if (!isEmpty && row.length + 1 + word.length > columns) {
      rows.push(row);
      row = hang + word;
    } else {
      row += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...rows, row.trimEnd()];
};

/** Rows of a text whose spaces count: it loses one at every break, and none elsewhere. Words are not broken here either. */
export const fold = (text: string, columns: number): readonly string[] => {
  const lead = /^ *(?:[+-] )?/u.exec(text)?.[0].length ?? 0;
  const hang = " ".repeat(Math.min(lead + 2, Math.floor(columns / 2)));
  const rows: string[] = [];
  let rest = text;
  let from = lead;
  while (rest.length > columns) {
    const within = rest.lastIndexOf(" ", columns);
    const at = within > from ? within : rest.indexOf(" ", Math.max(columns, from + 1));
    if (at === -1) break;
    rows.push(rest.slice(0, at));
    rest = hang + rest.slice(at + 1);
    from = hang.length;
  }
  return [...rows, rest];
};

/** Signs that stand between words on a full screen are read out as "middle dot" and "vertical bar". */
const spoken = (text: string): string => text.replace(/ [·›] /gu, ", ");

export const rowsOf = (line: Line, columns: number): readonly string[] =>
  typeof line === "string"
    ? wrap(spoken(line), columns)
    : "folded" in line
      ? fold(line.folded, columns)
      : [line.verbatim];
