import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { javaSecurity } from "../../../src/probes/java-security.ts";
import { type Protocol, protocols } from "../../../src/tls/hello.ts";
import { integrationOf, nameOf, profileInForce, tlsListeners, tlsNeeds } from "./measure.ts";
import { listItems } from "./tls-java.ts";

/** One who has a say about TLS on this host, and the protocols that it would speak. */
type Party = { readonly who: string; readonly speaks: readonly Protocol[]; readonly asked: string };

const from = (minimum: string | undefined): readonly Protocol[] => {
  const at = (protocols as readonly (string | undefined)[]).indexOf(minimum);
  return at < 0 ? protocols.slice(protocols.indexOf("TLSv1.2")) : protocols.slice(at);
};

const row = ({ who, speaks, asked }: Party, allowed: readonly Protocol[]): Evidence => ({
  asked: `${who} (${asked})`,
  answered: `${protocols.map((protocol) => (speaks.includes(protocol) ? protocol : "-".repeat(protocol.length))).join("  ")}${
    speaks.some((protocol) => !allowed.includes(protocol)) ? "  <- differs" : ""
  }`,
});

/** "TLS as it really is": everyone who decides about TLS on this host, side by side. */
export const tlsAgreement = control({
  id: "tls-agreement",
  guideline: ["RT-09"],
  title: "System, JVMs, proxies and integrations agree about TLS",
  failing: "System, JVMs, proxies and integrations do not agree about TLS",
  severity: "low",
  risk: "none",
  rationale:
    "Four parties decide about TLS on a host, and each believes to be the only one. A listener of Ballerina over HTTP/2 does not ask the JVM, a proxy does not ask the system: what one of them forbids another may allow. Here they stand side by side, as they really answer.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { ...tlsNeeds, security: raw(javaSecurity) },
  inspect: ({ shaken, system, here, security }, answers) => {
    const allowed = profileInForce(system, answers).protocols;
    const parties: Party[] = [];
    if (system.openssl !== undefined)
      parties.push({
        who: "system",
        asked: `OpenSSL ${system.openssl}`,
        speaks: from(system.settings.get("MinProtocol")),
      });
    for (const each of security.state === "known" ? security.value : []) {
      const refused = new Set(listItems(each.properties.get("jdk.tls.disabledAlgorithms")?.value ?? ""));
      parties.push({
        who: `JVM of ${each.integration}`,
        asked: "jdk.tls.disabledAlgorithms",
        speaks: protocols.filter((protocol) => !refused.has(protocol)),
      });
    }
    const surveys = tlsListeners(shaken);
    for (const survey of surveys) {
      const owner = integrationOf(here, survey)?.id;
      parties.push({
        who: owner === undefined ? nameOf(survey) : `${owner}, ${nameOf(survey)}`,
        asked: "handshakes",
        speaks: survey.protocols,
      });
    }
    if (parties.length === 0) return notApplicable("nobody here has a say about TLS");
    const evidence = parties.map((party) => row(party, allowed));
    const differing = parties.filter(({ speaks }) => speaks.some((protocol) => !allowed.includes(protocol)));
    // Who speaks less than is allowed breaks nobody's rule; under "modern" the system still reaches partners by TLS 1.2.
    const old = differing.filter(
      ({ speaks, asked }) =>
        asked === "handshakes" || speaks.some((protocol) => protocols.indexOf(protocol) < protocols.indexOf("TLSv1.2")),
    );
    if (old.length === 0) return pass(evidence);
    return fail(
      `${old
        .map(
          ({ who, speaks }) => `${who} speaks ${speaks.filter((protocol) => !allowed.includes(protocol)).join(", ")}`,
        )
        .join("; ")}, the others do not`,
      evidence,
    );
  },
  plan: () => [],
});
