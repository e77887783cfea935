import { linked } from "../../../src/workload/modules.ts";
import { logsMetricsAddress } from "./questions.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const enabled = "ballerina.observe.metricsEnabled";
const reporter = "ballerina.observe.metricsReporter";

/** [ballerina.observe]; needs a program that was built with `observabilityIncluded = true`. */
export const logMetrics = settingControl(
  {
    id: "log-metrics",
    guideline: ["RT-11"],
    title: "Every integration that can shows metrics",
    failing: "An integration that could show metrics is blind",
    severity: "low",
    risk: "restart",
    rationale:
      "Requests, errors and durations are the first to tell of an attack or a failing partner, long before customers call. The program has the reporter built in and it is switched off.",
    references: [
      { source: "NIST 800-53", id: "SI-4" },
      { source: "NIST 800-53", id: "AU-6" },
    ],
  },
  {
    keys: ["ballerina.observe.enabled", enabled, reporter],
    about: (integration) => linked(integration, "ballerinax/prometheus") !== undefined,
    none: "no program here was built with a metrics reporter (observabilityIncluded = true, import ballerinax/prometheus as _)",
    problem: (integration) =>
      settingValue(integration, enabled) === true || settingValue(integration, "ballerina.observe.enabled") === true
        ? undefined
        : "its metrics are switched off",
    wanted: (_integration, answers) => [
      { key: enabled, feature: "observe.metricsEnabled", value: true },
      { key: reporter, feature: "observe.metricsReporter", value: "prometheus" },
      { key: "ballerinax.prometheus.host", feature: "prometheus.host", value: answers.get(logsMetricsAddress) },
    ],
  },
);
