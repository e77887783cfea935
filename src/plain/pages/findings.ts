import { controlsOf } from "../../core/wizard/route.ts";
import type { Item, WizardState } from "../../core/wizard/state.ts";
import { markOf, oneLine, waiverWords } from "../../core/wizard/words.ts";
import type { Line } from "../lines.ts";
import { isAmiss, markWords } from "../page-words.ts";

/** What is not in order about an item, and what becomes of it. */
export const findingLines = (state: WizardState, item: Item): readonly Line[] =>
  controlsOf(state, item)
    .map((id) => state.assessment.byControl.get(id))
    .filter((finding) => finding !== undefined && isAmiss(finding))
    .flatMap((finding) => {
      if (finding === undefined) return [];
      const out = state.excluded[finding.controlId];
      const outlook =
        finding.result === "waived" && out !== undefined
          ? `; left out: ${oneLine(out)}`
          : finding.waiver !== undefined
            ? `; ${waiverWords(finding)}: ${oneLine(finding.waiver.reason)}`
            : state.assessment.fixed.has(finding.controlId)
              ? "; mended by this"
              : "";
      return [`  Found ${markWords[markOf(finding)]}, ${finding.severity}: ${oneLine(finding.title)}${outlook}`];
    });
