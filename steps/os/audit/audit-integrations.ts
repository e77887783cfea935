import { ruleControl } from "./rule-control.ts";
import { integrationRules } from "./secret-files.ts";

/** audit.rules(7). Answers CF-09 too: access to secrets leaves a record. */
export const auditIntegrations = ruleControl({
  id: "audit-integrations",
  topic: "integrations",
  guideline: ["OS-07", "CF-09"],
  title: "Access to the integrations' configuration, secrets and stores is recorded",
  failing: "Nobody records changes of the integrations' configuration, secrets and stores",
  severity: "medium",
  rationale:
    "Passwords and keys are read by the integration when it starts, and by nobody else. Every change of them is recorded, and every look at them by a person.",
  references: [
    { source: "NIST 800-53", id: "AU-2" },
    { source: "NIST 800-53", id: "AU-12(c)" },
  ],
  rules: ({ seen, integrations }) => {
    if (integrations === undefined) return "it is not known which integrations run here";
    const rules = integrationRules(seen, integrations);
    return rules.length === 0 ? "no integration here has files of its own" : rules;
  },
});
