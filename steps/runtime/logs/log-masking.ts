import { supports } from "../../../src/workload/modules.ts";
import { statedDistribution } from "../workload/described.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const key = "ballerina.log.enableSensitiveDataMasking";

/** module-ballerina-log 2.14 and newer: fields with `@log:Sensitive` are masked only if this is on. */
export const logMasking = settingControl(
  {
    id: "log-masking",
    guideline: ["RT-11", "RT-12"],
    title: "Fields that are marked as sensitive are masked in the log",
    failing: "Fields that are marked as sensitive stand in the log in clear text",
    severity: "medium",
    risk: "restart",
    rationale:
      "A developer marks a field as sensitive and believes that it never reaches a log; it does unless masking is switched on. Fields without a mark are not changed by this.",
    references: [
      { source: "NIST 800-53", id: "AU-3(3)" },
      { source: "NIST 800-53", id: "SI-11" },
    ],
  },
  {
    keys: [key],
    about: (integration, answers) =>
      supports(integration, "log.enableSensitiveDataMasking", statedDistribution(answers)) !== "no",
    none: "the log module of the programs here cannot mask (2.14 and newer can): build them with a newer distribution",
    problem: (integration) => (settingValue(integration, key) === true ? undefined : "does not mask sensitive fields"),
    wanted: () => [{ key, feature: "log.enableSensitiveDataMasking", value: true }],
  },
);
