import type { Integration } from "../../../src/model/integration.ts";
import { linked } from "../../../src/workload/modules.ts";
import { logsMetricsAddress } from "./questions.ts";
import { settingControl } from "./setting-control.ts";
import { settingValue } from "./settings.ts";

const host = "ballerinax.prometheus.host";

const port = (integration: Integration): number =>
  Number(settingValue(integration, "ballerinax.prometheus.port") ?? 9797);

/** By the socket where there is one: what is bound counts, not what is written. */
const openSocket = (integration: Integration, wanted: string) =>
  integration.sockets.find(
    (socket) => socket.port === port(integration) && socket.reach !== "loopback" && socket.address !== wanted,
  );

/** [ballerinax.prometheus] host, default 0.0.0.0; plain HTTP without a password. */
export const logMetricsAddress = settingControl(
  {
    id: "log-metrics-address",
    guideline: ["RT-11", "RT-14"],
    title: "Metrics are shown to this machine or an inner network only",
    failing: "Anybody can read an integration's metrics",
    severity: "medium",
    risk: "restart",
    rationale:
      "The metrics endpoint has no password and no encryption. It tells strangers the names and paths of your services, how much business they do, and when they are weak.",
    references: [
      { source: "NIST 800-53", id: "SC-7" },
      { source: "NIST 800-53", id: "AC-3" },
    ],
    breaks: () => [
      "a Prometheus that scrapes this machine from outside needs an agent here, or another logs.metrics-address",
    ],
  },
  {
    keys: [host, "ballerinax.prometheus.port"],
    about: (integration) =>
      linked(integration, "ballerinax/prometheus") !== undefined || settingValue(integration, host) !== undefined,
    none: "no program here shows metrics to Prometheus",
    problem: (integration, answers) => {
      const wanted = answers.get(logsMetricsAddress);
      const open = openSocket(integration, wanted);
      return open === undefined ? undefined : `metrics on ${open.address}:${open.port} for everybody`;
    },
    wanted: (_integration, answers) => [
      { key: host, feature: "prometheus.host", value: answers.get(logsMetricsAddress) },
    ],
  },
);
