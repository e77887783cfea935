import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import { groupName } from "../../../src/tls/hello.ts";
import { statedDistribution } from "../workload/described.ts";
import { byHand, listenerRemedies } from "./fixes.ts";
import { hasTls, nameOf, profileInForce, smallestGroup, tlsListeners, tlsNeeds } from "./measure.ts";

const problemsOf = ({ dhBits, weakGroups }: ListenerSurvey): readonly string[] => [
  ...(dhBits !== undefined && dhBits < smallestGroup
    ? [`its Diffie-Hellman group has ${dhBits} bits, fewer than ${smallestGroup}`]
    : []),
  ...(weakGroups.length > 0 ? [`it takes curves that are too small: ${weakGroups.map(groupName).join(", ")}`] : []),
];

/** RFC 9325 section 4.4; CVE-2015-4000. */
export const tlsKeyExchange = control({
  id: "tls-key-exchange",
  guideline: ["RT-10"],
  title: "TLS services agree on keys with strong groups only",
  failing: "A TLS service agrees on keys with a weak group",
  severity: "medium",
  risk: "none",
  rationale:
    "The group is where the session's secret comes from: one that is too small gives every session away, whatever the cipher. The size is read from the server's own key exchange message.",
  references: [
    { source: "RFC", id: "9325" },
    { source: "CVE", id: "CVE-2015-4000" },
    { source: "NIST 800-53", id: "SC-12" },
  ],
  needs: tlsNeeds,
  applies: ({ shaken }) => hasTls(shaken),
  inspect: (facts, answers) => {
    const profile = profileInForce(facts.system, answers);
    const surveys = tlsListeners(facts.shaken);
    const evidence = surveys.map((survey) => ({
      asked: `groups that ${nameOf(survey)} agrees on`,
      answered: [
        survey.groups13.length > 0 ? `TLS 1.3: ${survey.groups13.map(groupName).join(", ")}` : "",
        survey.dhBits === undefined ? "no finite-field group below TLS 1.3" : `Diffie-Hellman of ${survey.dhBits} bits`,
        survey.groups13.includes("11ec") ? "safe from later quantum computers (X25519MLKEM768)" : "",
      ]
        .filter((part) => part !== "")
        .join("; "),
    }));
    const failing = surveys.filter((survey) => problemsOf(survey).length > 0);
    if (failing.length > 0)
      return fail(
        failing.map((survey) => `${nameOf(survey)}: ${problemsOf(survey).join(", ")}`).join("; ") +
          byHand(failing, facts, profile, statedDistribution(answers)),
        evidence,
      );
    const unsure = surveys.filter(({ incomplete }) => incomplete !== undefined);
    return unsure.length > 0
      ? unknownVerdict(unsure.map((survey) => `${nameOf(survey)}: ${survey.incomplete}`).join("; "), evidence)
      : pass(evidence);
  },
  plan: listenerRemedies("ciphers", (survey) => problemsOf(survey).length > 0),
});
