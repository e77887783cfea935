/** Text being typed. `caret` counts code units from the start of `text`. */
export type Draft = { readonly text: string; readonly caret: number; readonly lines: "one" | "many" };

export const draftOf = (text: string, lines: Draft["lines"] = "one"): Draft => ({ text, caret: text.length, lines });

export const edits = [
  "eraseBefore",
  "eraseAfter",
  "eraseWord",
  "eraseLine",
  "left",
  "right",
  "start",
  "end",
  "up",
  "down",
  "newline",
] as const;
export type Edit = (typeof edits)[number];

/** Control characters have no business in an answer; a tab becomes a space, line breaks only stay where lines are wanted. */
const clean = (text: string, lines: Draft["lines"]): string => {
  const unix = text.replace(/\r\n?/gu, "\n").replace(/\t/gu, " ");
  const shown = unix.replace(/[^\P{Cc}\n]/gu, "");
  return lines === "many" ? shown : shown.replace(/\n+$/u, "").replace(/\n/gu, " ");
};

export const insert = (draft: Draft, text: string): Draft => {
  const added = clean(text, draft.lines);
  return {
    ...draft,
    text: draft.text.slice(0, draft.caret) + added + draft.text.slice(draft.caret),
    caret: draft.caret + added.length,
  };
};

const remove = (draft: Draft, from: number, to: number): Draft => ({
  ...draft,
  text: draft.text.slice(0, from) + draft.text.slice(to),
  caret: from,
});

const lineStart = ({ text }: Draft, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const lineEnd = ({ text }: Draft, at: number): number => {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
};

/** One character to the left or right; a surrogate pair is one character. */
const before = ({ text, caret }: Draft): number =>
  caret === 0 ? 0 : caret - ([...text.slice(Math.max(caret - 2, 0), caret)].at(-1)?.length ?? 1);
const after = ({ text, caret }: Draft): number => caret + ([...text.slice(caret, caret + 2)][0]?.length ?? 0);

const vertical = (draft: Draft, by: -1 | 1): Draft => {
  const start = lineStart(draft, draft.caret);
  const column = draft.caret - start;
  const other = by === -1 ? start - 1 : lineEnd(draft, draft.caret) + 1;
  if (other < 0) return { ...draft, caret: 0 };
  if (other > draft.text.length) return { ...draft, caret: draft.text.length };
  const otherStart = lineStart(draft, other);
  return { ...draft, caret: Math.min(otherStart + column, lineEnd(draft, otherStart)) };
};

export const edit = (draft: Draft, how: Edit): Draft => {
  switch (how) {
    case "eraseBefore":
      return remove(draft, before(draft), draft.caret);
    case "eraseAfter":
      return { ...remove(draft, draft.caret, after(draft)), caret: draft.caret };
    case "eraseWord": {
      const kept = draft.text.slice(0, draft.caret).replace(/[^\s,./:@]*[\s,./:@]*$/u, "");
      return remove(draft, kept.length, draft.caret);
    }
    case "eraseLine":
      return remove(draft, lineStart(draft, draft.caret), draft.caret);
    case "left":
      return { ...draft, caret: before(draft) };
    case "right":
      return { ...draft, caret: after(draft) };
    case "start":
      return { ...draft, caret: lineStart(draft, draft.caret) };
    case "end":
      return { ...draft, caret: lineEnd(draft, draft.caret) };
    case "up":
      return vertical(draft, -1);
    case "down":
      return vertical(draft, 1);
    case "newline":
      return draft.lines === "many" ? insert(draft, "\n") : draft;
  }
};
