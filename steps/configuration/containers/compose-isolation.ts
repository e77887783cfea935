import { breakouts } from "../../../src/containers/compose.ts";
import { composeControl } from "./judgement.ts";

/** What gives a container the machine it runs on. */
export const composeIsolation = composeControl({
  id: "compose-isolation",
  guideline: ["CF-03", "RT-14"],
  title: "No container is given its host",
  failing: "A compose file gives a container its host",
  severity: "critical",
  rationale:
    "A privileged container, or one with the engine's socket or the host's folders, is root on the machine with one more command. An integration needs none of it.",
  references: [
    { source: "CIS Docker", id: "5.5" },
    { source: "CIS Docker", id: "5.32" },
  ],
  nothing: "nothing of the host is given away",
  remarks: breakouts,
});
