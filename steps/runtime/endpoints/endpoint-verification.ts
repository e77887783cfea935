import { control, fragment, type Proposal } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Endpoint, Integration, Setting } from "../../../src/model/integration.ts";
import type { Place } from "../../../src/probes/endpoints.ts";
import { besides } from "../../../src/workload/endpoints.ts";
import { type ConfigurationEdit, configurationEdits } from "../configuration.ts";
import { endpointNeeds, hasEndpoints, judgeTls, nameOf } from "./judging.ts";

/** Settings beside an endpoint that switch the check of the name off. */
const nameSettings = (integration: Integration, endpoint: Endpoint): readonly Setting[] => {
  const { settings } = integration.configuration;
  const own = settings.find(({ key }) => key === endpoint.key);
  return own === undefined
    ? []
    : besides(own, settings).filter(
        ({ path, value }) => /^verify_?host_?name$/iu.test(path.at(-1) ?? "") && String(value) === "false",
      );
};

/** Connections to databases have modes of their own: the databases' step judges them (database-connection-encrypted). */
const databases: ReadonlySet<Endpoint["scheme"]> = new Set(["postgresql", "mysql", "sqlserver"]);

const judgedPlaces = (places: readonly Place[]): readonly Place[] =>
  places.filter(({ scheme }) => !databases.has(scheme));

const problemsOf = (endpoint: Endpoint): readonly string[] => [
  ...endpoint.verification.switchedOff.map((key) => `${key} switches verification off`),
  ...(endpoint.verification.hostName ? ["the host's name is not checked (verifyHostName = false)"] : []),
];

/** Opposite of a switch that stands on the wrong side; undefined for what is no switch. */
const turned = (value: unknown): boolean | undefined => (typeof value === "boolean" ? !value : undefined);

const editsFor = (integration: Integration, endpoint: Endpoint): readonly ConfigurationEdit[] => {
  const wanted = [
    ...endpoint.verification.switchedOff.flatMap((key) =>
      integration.configuration.settings.filter((one) => one.key === key),
    ),
    ...(endpoint.verification.hostName ? nameSettings(integration, endpoint) : []),
  ];
  return wanted.flatMap(({ path, value, source }) => {
    const other = turned(value);
    return other === undefined || source.kind !== "file" ? [] : [{ set: path, value: other }];
  });
};

/** Whether the call goes on working when it verifies: proved by a handshake, or without meaning because there is no TLS. */
const holds = (place: Place, endpoint: Endpoint, facts: Parameters<typeof judgeTls>[3]): boolean => {
  if (place.tls === undefined) return false;
  if (place.scheme === "http" && place.tls.state === "plain") return true;
  return judgeTls(place, place.tls, endpoint, facts).result === "good";
};

/** Without proof of who answers, TLS hides the conversation from everyone but the attacker. RFC 9110 4.3.4. */
export const endpointVerification = control({
  id: "endpoint-verification",
  guideline: ["RT-07"],
  title: "Integrations verify whom they talk to",
  failing: "An integration does not verify whom it talks to",
  severity: "high",
  risk: "restart",
  rationale:
    "A client that accepts any certificate talks to whoever stands in the way. The switch is usually left from a day when a certificate was missing. It is turned back by itself only where a real handshake from this machine proves that the call goes on working.",
  references: [
    { source: "NIST 800-53", id: "SC-23" },
    { source: "RFC", id: "6125" },
  ],
  needs: endpointNeeds,
  applies: (facts) => hasEndpoints(facts),
  inspect: (facts) => {
    const calls = judgedPlaces(facts.found.places).flatMap((place) => place.calls.map((call) => ({ place, ...call })));
    const evidence = calls.map(({ integration, endpoint, place }) => ({
      asked: `TLS settings beside ${endpoint.key} of ${integration}`,
      answered: `${nameOf(place)}: ${problemsOf(endpoint).join(", ") || "nothing switched off"}; trust: ${endpoint.verification.trust ?? "the JVM's authorities"}`,
    }));
    const bad = calls.filter(({ endpoint }) => problemsOf(endpoint).length > 0);
    if (bad.length === 0) return pass(evidence);
    return fail(
      bad
        .map(({ place, integration, endpoint }) => {
          const found = facts.here.integrations.find(({ id }) => id === integration);
          const possible = found !== undefined && editsFor(found, endpoint).length > 0;
          const why = holds(place, endpoint, facts)
            ? ""
            : place.tls === undefined
              ? "; whether it would verify cannot be tried from here"
              : `; it cannot be switched on yet: ${judgeTls(place, place.tls, endpoint, facts).words}`;
          return `${integration}: ${problemsOf(endpoint).join(", ")}${possible ? why : `${why}; set it by hand`}`;
        })
        .join("; "),
      evidence,
    );
  },
  plan: (facts) => {
    const edits = new Map<string, ConfigurationEdit[]>();
    for (const place of judgedPlaces(facts.found.places)) {
      for (const { integration, endpoint } of place.calls) {
        if (problemsOf(endpoint).length === 0 || !holds(place, endpoint, facts)) continue;
        const found = facts.here.integrations.find(({ id }) => id === integration);
        if (found === undefined) continue;
        const known = edits.get(integration) ?? [];
        const more = editsFor(found, endpoint).filter(
          (edit) => !known.some((other) => JSON.stringify(other) === JSON.stringify(edit)),
        );
        edits.set(integration, [...known, ...more]);
      }
    }
    return [...edits].flatMap(([integration, wanted]): readonly Proposal[] =>
      wanted.length === 0 ? [] : [fragment(configurationEdits, { integration, edits: wanted })],
    );
  },
});
