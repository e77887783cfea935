import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import type { Profile } from "../../../src/tls/guideline.ts";
import { statedDistribution } from "../workload/described.ts";
import { byHand, listenerRemedies, lostClients } from "./fixes.ts";
import { hasTls, nameOf, profileInForce, silentEvidence, surveyEvidence, tlsListeners, tlsNeeds } from "./measure.ts";

const outdated = (survey: ListenerSurvey, profile: Profile) =>
  survey.protocols.filter((protocol) => !profile.protocols.includes(protocol));

const isWrong = (survey: ListenerSurvey, profile: Profile): boolean => outdated(survey, profile).length > 0;

/** RFC 8996; NIST SP 800-52 rev. 2; Mozilla Server Side TLS. */
export const tlsProtocols = control({
  id: "tls-protocols",
  guideline: ["RT-09"],
  title: "TLS services speak current protocols only",
  failing: "A TLS service speaks an outdated protocol",
  severity: "high",
  risk: "none",
  rationale:
    "SSLv3, TLS 1.0 and TLS 1.1 can be broken or talked down to, and every server that still offers them can be made to use them. What a configuration says is not what a server does: each protocol is tried with a real handshake.",
  references: [
    { source: "RFC", id: "8996" },
    { source: "NIST 800-53", id: "SC-8" },
    { source: "Lynis", id: "HTTP-6710" },
  ],
  needs: tlsNeeds,
  applies: ({ shaken }) => hasTls(shaken),
  inspect: (facts, answers) => {
    const profile = profileInForce(facts.system, answers);
    const surveys = tlsListeners(facts.shaken);
    const evidence = [...surveys.map(surveyEvidence), ...silentEvidence(facts.shaken)];
    const failing = surveys.filter((survey) => isWrong(survey, profile));
    if (failing.length > 0)
      return fail(
        failing.map((survey) => `${nameOf(survey)} accepts ${outdated(survey, profile).join(", ")}`).join("; ") +
          byHand(failing, facts, profile, statedDistribution(answers)),
        evidence,
      );
    const unsure = surveys.filter(({ incomplete, protocols }) => incomplete !== undefined || protocols.length === 0);
    if (unsure.length > 0)
      return unknownVerdict(
        unsure
          .map((survey) => `${nameOf(survey)}: ${survey.incomplete ?? "it refused every protocol that was tried"}`)
          .join("; "),
        evidence,
      );
    return pass(evidence);
  },
  plan: listenerRemedies("protocols", isWrong),
  breaks: ({ system, shaken }, answers) => {
    const profile = profileInForce(system, answers);
    return tlsListeners(shaken).some((survey) => isWrong(survey, profile)) ? [lostClients(profile)] : [];
  },
});
