import type { Integration } from "../../../src/model/integration.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const console = "ballerina.http.traceLogConsole";
const advanced = "ballerina.http.traceLogAdvancedConfig";

const advancedSettings = ({ configuration }: Integration) =>
  configuration.settings.filter(({ key }) => key.startsWith(`${advanced}.`));

const traces = (integration: Integration): readonly string[] => [
  ...(settingValue(integration, console) === true ? [console] : []),
  ...advancedSettings(integration)
    .filter(({ value }) => value !== false && value !== "")
    .map(({ key }) => key),
];

/** module-ballerina-http, `traceLogConsole`, `traceLogAdvancedConfig`: every byte in and out. */
export const logTrace = settingControl(
  {
    id: "log-trace",
    guideline: ["RT-11", "RT-12"],
    title: "No integration writes down whole requests",
    failing: "An integration writes down whole requests, with passwords and tokens",
    severity: "high",
    risk: "restart",
    rationale:
      "The trace log holds every header and body in clear text: passwords, tokens, customers' data. It is for a developer's machine; on a server it may even be sent to another host unencrypted.",
    references: [
      { source: "NIST 800-53", id: "SI-11" },
      { source: "NIST 800-53", id: "SC-28" },
    ],
  },
  {
    keys: [console, `${advanced}.console`, `${advanced}.path`, `${advanced}.host`],
    problem: (integration) => {
      const found = traces(integration);
      return found.length === 0 ? undefined : `writes a trace log (${found.join(", ")})`;
    },
    wanted: (integration) =>
      settingValue(integration, console) === true
        ? [{ key: console, feature: "http.traceLogConsole", value: false }]
        : [],
    removed: (integration) => (advancedSettings(integration).length > 0 ? [advanced.split(".")] : []),
  },
);
