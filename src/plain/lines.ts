/** A paragraph that is wrapped between words, or a line that is shown as it is: a command, a diff, a path. */
export type Line = string | { readonly verbatim: string };

export const verbatim = (text: string): Line => ({ verbatim: text });

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

export const rowsOf = (line: Line, columns: number): readonly string[] =>
  typeof line === "string" ? wrap(line, columns) : [line.verbatim];
