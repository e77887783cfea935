import { attestation } from "../../../src/core/attestations.ts";
import type { AnyControl } from "../../../src/model/control.ts";
import type { AnyQuestion } from "../../../src/model/question.ts";
import { failoverMode } from "./questions.ts";

const vouched = attestation({
  id: "failover.elsewhere",
  controlId: "failover-elsewhere",
  guideline: ["NW-01"],
  claim: "Something else takes over when this machine fails, and that has been tried",
  failing: "Nobody vouches that something else takes over",
  label: "Failover elsewhere",
  title: "Who sees to it that something else takes over when this machine fails, and has tried it?",
  why: "A load balancer or an orchestrator in front takes over only if it asks the right thing and somebody has pulled the plug once.",
  severity: "high",
  references: [{ source: "NIST 800-53", id: "CP-10" }],
  reviewMonths: 12,
});

/** Asked only where failover is somebody else's matter. */
export const failoverElsewhere: { readonly question: AnyQuestion; readonly control: AnyControl } = {
  question: { ...vouched.question, when: (_facts, answers) => answers.get(failoverMode) === "elsewhere" },
  control: {
    ...vouched.control,
    applies: (_facts, answers) =>
      answers.get(failoverMode) === "elsewhere" || `failover.mode is ${answers.get(failoverMode)}`,
  },
};
