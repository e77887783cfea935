import type { Integration } from "../../../src/model/integration.ts";
import { linked } from "../../../src/workload/modules.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const table = "ballerina.http.accessLogConfig";

const isOn = (integration: Integration): boolean =>
  settingValue(integration, `${table}.console`) === true ||
  [`${table}.path`, `${table}.file.path`].some((key) => {
    const value = settingValue(integration, key);
    return typeof value === "string" && value !== "";
  });

/** module-ballerina-http, `accessLogConfig`: off by default. To the console is to the journal. */
export const logAccess = settingControl(
  {
    id: "log-access",
    guideline: ["RT-11", "RT-14"],
    title: "Every integration logs who asked it for what",
    failing: "Nobody can tell who asked an integration for what",
    severity: "medium",
    risk: "restart",
    rationale:
      "After a break-in the access log tells where it began and what was taken. Ballerina writes none unless it is told to; it holds addresses, paths and status codes, and no payload.",
    references: [
      { source: "NIST 800-53", id: "AU-2" },
      { source: "NIST 800-53", id: "AU-12" },
    ],
    breaks: () => ["the journal grows by one line for each request: look at its limits (journald.conf, SystemMaxUse=)"],
  },
  {
    keys: [`${table}.console`, `${table}.path`, `${table}.format`],
    about: (integration) => integration.jar === undefined || linked(integration, "ballerina/http") !== undefined,
    none: "no program here links Ballerina's http module",
    problem: (integration) => (isOn(integration) ? undefined : "writes no access log"),
    wanted: () => [
      { key: `${table}.console`, feature: "http.accessLogConfig", value: true },
      { key: `${table}.format`, feature: "http.accessLogConfig", value: "json" },
    ],
  },
);
