import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { changeHistory } from "../../../src/probes/change-history.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { acceptable, stateOf } from "./state.ts";

export const historyAccept = question({
  id: "history.accept",
  kind: "multiselect",
  label: "Changes taken over",
  title: "Which configuration that was changed by other means may stay as it is?",
  why: "Something changed these files without leaving a record of who and why. What you take over here is recorded as it is now, with your name; the rest stays a finding. The answer names the very content, so a later change is asked about again.",
  schema: z.array(z.string().regex(/^\/[^\n\t]*@[0-9a-f]{12}$/u, "must be PATH@ and 12 digits of the file's SHA-256")),
  needs: { here: raw(integrations), history: raw(changeHistory) },
  when: ({ here, history }) => {
    const [there, recorded] = [knownValue(here), knownValue(history)];
    return (
      there !== undefined && recorded !== undefined && stateOf(there, recorded).some(({ state }) => state === "changed")
    );
  },
  choices: ({ here, history }) => {
    const [there, recorded] = [knownValue(here), knownValue(history)];
    if (there === undefined || recorded === undefined) return [];
    return stateOf(there, recorded)
      .filter(({ state }) => state === "changed")
      .map((file) => ({ value: acceptable(file), label: file.path, hint: `of ${file.integrations.join(", ")}` }));
  },
  default: () => [],
});
