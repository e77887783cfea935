import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { type Evidence, fail, pass } from "../../../src/model/finding.ts";
import type { Endpoint } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type Listener, listeners } from "../../../src/probes/listeners.ts";
import { valuesStage } from "./questions.ts";

/** A part of a host's name that names another stage than production. */
const otherStage = /^(?:dev|devel|development|test|testing|qa|uat|stg|stage|staging|preprod|sandbox|demo)\d*$/iu;

const loopback = /^(?:localhost|(?:[^.]+\.)*localhost|127(?:\.\d{1,3}){3}|::1)$/iu;

const wrongWith = ({ key, host, port }: Endpoint, listening: readonly Listener[] | undefined): string | undefined => {
  const stage = host.split(/[.-]/u).find((part) => otherStage.test(part));
  if (stage !== undefined) return `${key} calls ${host}`;
  // A proxy or a database beside the program is called so, too: then something listens.
  if (loopback.test(host) && listening !== undefined && !listening.some((socket) => socket.port === port))
    return `${key} calls ${host}:${port}, where nothing listens`;
  return undefined;
};

export const valuesEndpoints = control({
  id: "values-endpoints",
  guideline: ["CF-07"],
  title: "No integration of a production machine calls a host of another stage",
  failing: "An integration in production calls a host of development or test",
  severity: "high",
  risk: "none",
  rationale:
    "An address that was forgotten in a promotion sends production's data to a test system, or reads a test system's data into production. It works, so nobody notices for weeks.",
  references: [{ source: "NIST 800-53", id: "CM-4" }],
  needs: { here: integrations, listening: raw(listeners) },
  applies: ({ here }, answers) => {
    if (answers.get(valuesStage) !== "production") return "this machine is not production (values.stage)";
    return here.integrations.some(({ endpoints }) => endpoints.length > 0) || "no integration names an endpoint here";
  },
  inspect: ({ here, listening }) => {
    const evidence = here.integrations.map(
      ({ id, endpoints }): Evidence => ({
        asked: `addresses in the configuration of ${id}`,
        answered:
          endpoints.map(({ key, scheme, host, port }) => `${key}: ${scheme}://${host}:${port}`).join("\n") || "none",
      }),
    );
    const wrong = here.integrations.flatMap(({ id, endpoints }) =>
      endpoints.flatMap((endpoint) => {
        const problem = wrongWith(endpoint, knownValue(listening));
        return problem === undefined ? [] : [`${id}: ${problem}`];
      }),
    );
    return wrong.length === 0
      ? pass(evidence)
      : fail(`${wrong.join("; ")}: promote the right ones (drawbridge promote --endpoints)`, evidence);
  },
  // The right address stands in no file of this machine.
  plan: () => [],
});
