import { logsFormat } from "./questions.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const key = "ballerina.log.format";

/** Ballerina's default is logfmt; both escape line breaks (module-ballerina-log). CWE-117. */
export const logFormat = settingControl(
  {
    id: "log-format",
    guideline: ["RT-11", "RT-12"],
    title: "Every integration writes its log in the form that your log store reads",
    failing: "Logs are not in the form that your log store reads",
    severity: "low",
    risk: "restart",
    rationale:
      "A log that is data can be searched by request, user or error, and no text from outside can pretend to be a line of its own. One form for all integrations means one rule at the collector.",
    references: [
      { source: "NIST 800-53", id: "AU-3" },
      { source: "NIST 800-53", id: "AU-6(4)" },
    ],
  },
  {
    keys: [key],
    problem: (integration, answers) => {
      const format = settingValue(integration, key) ?? "logfmt";
      const wanted = answers.get(logsFormat);
      return format === wanted ? undefined : `writes ${format}, not ${wanted}`;
    },
    wanted: (_integration, answers) => [{ key, feature: "log.format", value: answers.get(logsFormat) }],
  },
);
