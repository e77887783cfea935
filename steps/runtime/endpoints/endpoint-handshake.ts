import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { Place } from "../../../src/probes/endpoints.ts";
import { endpointNeeds, hasEndpoints, judgeTls, nameOf } from "./judging.ts";

const tlsSchemes: ReadonlySet<Place["scheme"]> = new Set(["https", "ldaps", "amqps"]);

/** RFC 5280, RFC 6125: chain, name, dates and protocol of every partner, as this machine sees them. */
export const endpointHandshake = control({
  id: "endpoint-handshake",
  guideline: ["RT-07"],
  title: "The services that integrations call prove who they are",
  failing: "A service that an integration calls does not prove who it is",
  severity: "medium",
  risk: "none",
  rationale:
    "A partner's certificate that is about to expire, lacks its chain or names another host stops the integration tomorrow, or has been the reason for switching verification off. Each one is called once from here, with the truststore that the configuration names for it.",
  references: [
    { source: "RFC", id: "5280" },
    { source: "NIST 800-53", id: "SC-23" },
  ],
  needs: endpointNeeds,
  applies: (facts) => hasEndpoints(facts),
  inspect: (facts) => {
    const places = facts.found.places.filter(({ scheme }) => tlsSchemes.has(scheme));
    if (places.length === 0) return notApplicable("no endpoint in the configuration begins with TLS");
    if (facts.found.withoutTls !== undefined) return unknownVerdict(facts.found.withoutTls);
    const verdicts = places.flatMap((place) =>
      place.calls.map(({ endpoint }) => ({
        place,
        verdict:
          place.tls === undefined
            ? ({ result: "unknown", words: "no handshake was made" } as const)
            : judgeTls(place, place.tls, endpoint, facts),
      })),
    );
    const evidence = verdicts.map(({ place, verdict }) => ({
      asked: `openssl s_client -connect ${place.host}:${place.port}`,
      answered: verdict.words,
    }));
    const said = (result: "bad" | "unknown") =>
      verdicts
        .filter(({ verdict }) => verdict.result === result)
        .map(({ place, verdict }) => `${nameOf(place)}: ${verdict.words}`);
    if (said("bad").length > 0) return fail([...said("bad"), ...said("unknown")].join("; "), evidence);
    return said("unknown").length > 0 ? unknownVerdict(said("unknown").join("; "), evidence) : pass(evidence);
  },
  plan: () => [],
});
