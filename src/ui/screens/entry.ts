import { entryRows } from "../../core/wizard/entry.ts";
import { duration } from "../../core/wizard/words.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, dim, type Line, pad, span } from "../lines.ts";
import { cursorSpan, paragraph } from "../parts.ts";

export const drawEntry = ({ state, theme, columns }: Drawing): Screenful => {
  const { screen } = state;
  const cursor = screen.name === "entry" ? screen.cursor : 0;
  const rows = entryRows(state).map(({ title, about }, index): Line => {
    const here = index === cursor;
    return [
      cursorSpan(theme, here),
      bold(`${index + 1}  `, here ? "accent" : "plain"),
      here ? bold(pad(title, 30)) : span(pad(title, 30)),
      dim(about),
    ];
  });
  return {
    lines: [
      blank,
      ...paragraph("Raise the bridge, never with you on the wrong side.", columns, (text) => bold(text)),
      ...paragraph(
        "Nothing is changed until you have seen every change and typed the name of the host. Whatever is changed can be put back.",
        columns,
        dim,
      ),
      blank,
      ...rows,
    ],
  };
};

export const drawInspecting = ({ state, theme, columns, beat }: Drawing): Screenful => {
  const { waiting, now } = state;
  const lines: Line[] = [blank];
  if (waiting !== null) {
    lines.push([
      span(" "),
      span(theme.spinner[beat % theme.spinner.length] as string, "accent"),
      span(` ${waiting.doing}  `),
      dim(duration(now - waiting.since)),
    ]);
  } else {
    lines.push(...paragraph("The inspection did not come to an end. Nothing was changed.", columns));
  }
  return { lines };
};
