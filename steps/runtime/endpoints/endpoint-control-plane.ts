import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";
import { linked, supports } from "../../../src/workload/modules.ts";
import { settingAt, settingsBelow } from "../../../src/workload/settings.ts";
import { configurationEdits, configurationObstacle } from "../configuration.ts";
import { statedDistribution } from "../workload/described.ts";
import { controlPlaneCertificate } from "./questions.ts";

const table = "wso2.icp.runtime.bridge";
const path = table.split(".");

/** Programs that report to an Integration Control Plane: the module is in the JAR, or its table in the configuration. */
const reporting = ({ integrations: all }: WhatRunsHere): readonly Integration[] =>
  all.filter((one) => linked(one, "wso2/icp.runtime.bridge") !== undefined || settingsBelow(one, table).length > 0);

/** The bridge validates the control plane only with `enableSSL` and a certificate; by default it has neither. */
const problemsOf = (integration: Integration): readonly string[] => {
  const certificate = settingAt(integration, `${table}.cert`)?.value;
  return [
    ...(settingAt(integration, `${table}.enableSSL`)?.value === true ? [] : ["enableSSL is not true"]),
    ...(typeof certificate === "string" && certificate !== "" ? [] : ["cert names no certificate"]),
  ];
};

/** config.bal and icp_client.bal of the runtime bridge: an empty `cert` accepts any answer. */
export const endpointControlPlane = control({
  id: "endpoint-control-plane",
  guideline: ["RT-07"],
  title: "Reports to the control plane go to the control plane only",
  failing: "Reports to the control plane go to whoever answers",
  severity: "high",
  risk: "restart",
  rationale:
    "The heartbeat carries a secret and what runs here, and brings back commands. Without a certificate to compare with, the bridge accepts anybody who answers in the control plane's place.",
  references: [
    { source: "NIST 800-53", id: "SC-23" },
    { source: "RFC", id: "6125" },
  ],
  needs: { here: integrations, places: secretPlaces },
  applies: ({ here }) => reporting(here).length > 0 || "no integration here reports to a control plane",
  inspect: ({ here }) => {
    const all = reporting(here);
    const evidence = all.map((one) => ({
      asked: `[${table}] of ${one.id}`,
      answered: ["enableSSL", "cert"]
        .map((key) => `${key} = ${String(settingAt(one, `${table}.${key}`)?.value ?? "(not set)")}`)
        .join("\n"),
    }));
    const bad = all.filter((one) => problemsOf(one).length > 0);
    if (bad.length === 0) return pass(evidence);
    const words = bad.map((one) => `${one.id}: ${problemsOf(one).join(", ")}`).join("; ");
    return fail(`${words}; name the control plane's certificate in endpoints.control-plane-certificate`, evidence);
  },
  plan: ({ here }, answers) => {
    const certificate = answers.get(controlPlaneCertificate);
    const bad = reporting(here).filter((one) => problemsOf(one).length > 0);
    const possible = (one: Integration) =>
      configurationObstacle(one) === undefined &&
      (["bridge.enableSSL", "bridge.cert"] as const).every(
        (feature) => supports(one, feature, statedDistribution(answers)) === "yes",
      );
    // All or none: what would still fail afterwards takes everything back.
    if (certificate === "" || !bad.every(possible)) return [];
    return bad.map((one) =>
      fragment(configurationEdits, {
        integration: one.id,
        edits: [
          { set: [...path, "enableSSL"], value: true },
          { set: [...path, "cert"], value: certificate },
        ],
      }),
    );
  },
  breaks: (_, answers) =>
    answers.get(controlPlaneCertificate) === ""
      ? []
      : ["if the certificate is not the control plane's, it no longer hears from the integration"],
});
