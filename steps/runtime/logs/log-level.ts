import { logsLevel } from "./questions.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const key = "ballerina.log.level";

/** Levels of single modules: an array of tables, whose members are numbered. */
const debugged = ({ configuration }: Parameters<typeof settingValue>[0]): readonly string[] =>
  configuration.settings
    .filter(({ path, value }) => path.slice(0, 3).join(".") === "ballerina.log.modules" && value === "DEBUG")
    .map((setting) => setting.key);

/** module-ballerina-log, `level` and `modules`; OWASP Logging Cheat Sheet, "Data to exclude". */
export const logLevel = settingControl(
  {
    id: "log-level",
    guideline: ["RT-11"],
    title: "No integration logs at the level of a developer",
    failing: "An integration writes requests and secrets into its log",
    severity: "medium",
    risk: "restart",
    rationale:
      "At DEBUG the log holds payloads, headers and tokens: whoever reads logs reads the business. It also fills disks when there is load.",
    references: [
      { source: "NIST 800-53", id: "AU-3" },
      { source: "NIST 800-53", id: "SI-11" },
    ],
  },
  {
    keys: [key],
    problem: (integration) => {
      const level = settingValue(integration, key);
      const modules = debugged(integration);
      if (level === "DEBUG") return "logs at DEBUG";
      return modules.length > 0 ? `logs a module at DEBUG (${modules.join(", ")}): change it there` : undefined;
    },
    wanted: (integration, answers) =>
      settingValue(integration, key) === "DEBUG" ? [{ key, feature: "log.level", value: answers.get(logsLevel) }] : [],
  },
);
