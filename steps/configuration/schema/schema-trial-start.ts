import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { trialStarts } from "../../../src/probes/trial-starts.ts";
import { schemaTrial } from "./questions.ts";

export const schemaTrialStart = control({
  id: "schema-trial-start",
  guideline: ["CF-10"],
  title: "Every integration starts with the configuration that lies there now",
  failing: "An integration does not start with the configuration that lies there now",
  severity: "high",
  risk: "none",
  rationale:
    "Whether a configuration is accepted only the program itself can say for certain: of records and of what its code checks no schema tells. A trial start asks it, beside the one that runs, without network and with everything read-only.",
  references: [{ source: "NIST 800-53", id: "CM-4" }],
  needs: { here: integrations, tried: trialStarts },
  applies: ({ here, tried }, answers) => {
    if (here.integrations.length === 0) return "no integration runs here";
    return (answers.get(schemaTrial) && tried.asked) || "only on request: --set schema.trial=true";
  },
  inspect: ({ tried }) => {
    const all = [...tried.trials];
    const evidence = all.map(([id, { state, said }]) => ({
      asked: `systemd-run of ${id}, without network, read-only`,
      answered: `${state}: ${said}`,
    }));
    const told = (states: readonly string[]) =>
      all.filter(([, { state }]) => states.includes(state)).map(([id, { said }]) => `${id}: ${said}`);
    const refused = told(["refused"]);
    if (refused.length > 0) return fail(refused.join("; "), evidence);
    const open = told(["ended", "impossible"]);
    return open.length > 0 ? unknownVerdict(open.join("; "), evidence) : pass(evidence);
  },
  plan: () => [],
});
