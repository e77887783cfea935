import type { RunLine } from "../../core/wizard/state.ts";
import { asWhom, clock, counted, duration, oneLine } from "../../core/wizard/words.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, type Span, sides, span } from "../lines.ts";
import { paragraph } from "../parts.ts";
import type { Theme } from "../theme.ts";

export const drawApplying = ({ state, theme, columns, height, beat }: Drawing): Screenful => {
  const { run, now, screen, waiting } = state;
  if (run === null || screen.name !== "applying") return { lines: [] };
  const titles = {
    applying: `Applying ${counted(run.plan.changes.length, "change")}`,
    pending: "Waiting for your word",
    confirming: "Logging in afresh",
    inspecting: "Inspecting again",
    undoing: "Putting everything back",
    reverting: "The revert is at work",
    done: "Done",
  } as const;
  const foot = footer({ state, theme, columns, height, beat });
  const room = Math.max(height - foot.length - 1, 2);
  const lines: readonly Line[] = screen.log
    ? run.log.slice(-room).map((text): Line => [span(" "), dim(cut(oneLine(text), columns - 2, theme.ellipsis))])
    : run.lines.slice(-room).map((line) => runLine(line, now, theme, columns, beat));
  const waits: readonly Line[] =
    waiting === null || run.phase === "pending"
      ? []
      : [
          [
            span(" "),
            span(theme.spinner[beat % theme.spinner.length] as string, "accent"),
            span(` ${waiting.doing}  `),
            dim(duration(now - waiting.since)),
          ],
        ];
  return {
    where: [bold(titles[run.phase])],
    aside: [dim(clock(now - run.begun))],
    lines: [...lines.slice(waits.length > 0 && lines.length >= room ? 1 : 0), ...waits, blank, ...foot],
  };
};

const runLine = (
  { text, state, begun, ended }: RunLine,
  now: number,
  theme: Theme,
  columns: number,
  beat: number,
): Line => {
  const marks: Readonly<Record<RunLine["state"], Span>> = {
    waiting: dim(" "),
    running: span(theme.spinner[beat % theme.spinner.length] as string, "accent"),
    done: span(theme.marks.pass, "pass"),
    failed: bold(theme.marks.fail, "fail"),
    note: dim(theme.marks.none),
  };
  const took = (ended ?? now) - begun;
  const time = state === "running" || took >= 50 ? duration(took) : "";
  const words = cut(text, columns - 14, theme.ellipsis);
  return sides(
    [
      span(" "),
      marks[state],
      span(" "),
      state === "note" ? dim(words) : state === "failed" ? span(words, "fail") : span(words),
    ],
    [dim(time), span(" ")],
    columns,
  );
};

const footer = ({ state, columns }: Drawing): readonly Line[] => {
  const { run, now, setting } = state;
  if (run === null || (run.phase !== "pending" && run.phase !== "confirming")) return [];
  const left = (run.revertsAt ?? now) - now;
  const tone = left < 20_000 ? "fail" : "warn";
  const { access } = run.plan;
  const how =
    setting.target?.kind === "ssh" && access !== null
      ? `Enter logs in afresh as ${asWhom(access)} and keeps them; or log in yourself and run:`
      : access === null
        ? "Log in a second time and run there:"
        : `Log in a second time (ssh -p ${access.port} ${access.administrator}@${oneLine(run.plan.host.name)}) and run there:`;
  return [
    [
      span(" "),
      span("All changes are in place. "),
      bold(`Reverting in ${clock(left)}`, tone),
      span(" unless confirmed."),
    ],
    ...paragraph(how, columns, dim),
    ...paragraph(run.confirmCommand, columns, (text) => bold(text), 3),
    ...(run.unconfirmed?.isNews !== true
      ? []
      : [
          ...paragraph(`Not yet: ${run.unconfirmed.reason}`, columns, (text) => span(text, "warn")),
          ...paragraph(run.unconfirmed.remedy, columns, dim, 3),
        ]),
  ];
};
