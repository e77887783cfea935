import type { WizardState } from "../../core/wizard/state.ts";
import { summary } from "../../core/wizard/views.ts";
import { asWhom, counted, markOf, oneLine } from "../../core/wizard/words.ts";
import { type Line, verbatim } from "../lines.ts";
import { line, type Page, page } from "../page.ts";
import { markWords } from "../page-words.ts";

/** Over ssh the wizard can prove by itself that a new login works; at the machine somebody has to log in. */
export const confirmsItself = ({ setting, run }: WizardState): boolean =>
  setting.target?.kind === "ssh" && run !== null && run.plan.access !== null;

export const applyingPage = (state: WizardState): Page => {
  const { run } = state;
  if (run === null) return page("applying", [], null);
  if (run.phase !== "pending") return page(`applying ${run.phase}`, [], null);
  const { access } = run.plan;
  const left = (run.revertsAt ?? state.now) - state.now;
  const how =
    access !== null && confirmsItself(state)
      ? `Enter logs in afresh as ${asWhom(access)} and keeps them; or log in yourself and run:`
      : "Log in a second time, as you will from now on, and run there:";
  const enter = confirmsItself(state) ? "Enter to keep these changes" : "Enter to see whether somebody has confirmed";
  return page("pending", [], line(`${enter}, u to undo them now:`), {
    section: {
      key: `pending ${run.transactionId}`,
      lines: [
        "",
        `All changes are in place. In ${counted(Math.max(Math.round(left / 1000), 0), "second")} everything goes back unless it is confirmed.`,
        how,
        verbatim(`  ${run.confirmCommand}`),
      ],
    },
  });
};

/** A sentence is wrapped; a label with a command beside it is not, because it will be copied. */
export const summaryLine = (text: string): Line => (/\S {2,}\S/u.test(text) ? verbatim(text) : text);

export const resultPage = (state: WizardState): Page => {
  const isKept = state.run?.outcome?.state === "confirmed";
  const after = isKept ? (state.run?.findingsAfter ?? []) : [];
  const open = after.filter(({ result }) => ["fail", "unknown", "error"].includes(result));
  return page(
    "result",
    [
      "",
      ...summary(state).map(summaryLine),
      ...(open.length === 0
        ? []
        : ["Still open:", ...open.map((finding) => `  - ${markWords[markOf(finding)]}: ${oneLine(finding.title)}`)]),
    ],
    line(`Enter to leave${isKept ? ", u to undo everything" : ""}, b for the hub:`),
    { section: { key: "result", lines: [] } },
  );
};
